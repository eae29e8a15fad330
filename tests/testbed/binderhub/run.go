package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	"binderhubdouble/internal/binder"
	"binderhubdouble/internal/cleaner"
	"binderhubdouble/internal/docker"
	"binderhubdouble/internal/gitserve"
	"binderhubdouble/internal/kube"
)

// serve answers on address until ctx ends; open connections get 5 s to finish, and are waited for: ListenAndServe
// itself is back as soon as nobody new may come, and a program that ends then cuts off who is being answered.
func serve(ctx context.Context, address string, handler http.Handler) error {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(closing)
	}()
	fmt.Printf("listening on %s\n", address)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-finished
	return nil
}

func runBinder(ctx context.Context, args []string) error {
	path, err := configFlag("binderhub", args)
	if err != nil {
		return err
	}
	config, err := binder.LoadConfig(path)
	if err != nil {
		return err
	}
	client, err := kube.InCluster()
	if err != nil {
		return err
	}
	server, err := binder.New(config, client)
	if err != nil {
		return err
	}
	go server.CleanLoop(ctx)
	return serve(ctx, fmt.Sprintf(":%d", config.Int("port", 8585, "BinderHub")), server)
}

func configFlag(name string, args []string) (string, error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	path := flags.String("config", "", "the values, as JSON")
	flags.Bool("upgrade-db", false, "accepted; there is no database schema to upgrade")
	flags.Bool("debug", false, "accepted")
	err := flags.Parse(args)
	return *path, err
}

func runCleaner(ctx context.Context, _ []string) error {
	limits := cleaner.FromEnvironment()
	return limits.Loop(ctx, docker.New("/var/run/docker.sock"), 30*time.Second)
}

func runGitServe(ctx context.Context, args []string) error {
	if len(args) == 0 || len(args) > 2 {
		return errors.New("usage: git-serve DIR|--examples [ADDRESS]")
	}
	address := ":8080"
	if len(args) == 2 {
		address = args[1]
	}
	repositories, err := gitserve.Examples()
	if args[0] != "--examples" {
		repositories, err = gitserve.Open(args[0])
	}
	if err != nil {
		return err
	}
	return serve(ctx, address, &gitserve.Handler{Repositories: repositories})
}
