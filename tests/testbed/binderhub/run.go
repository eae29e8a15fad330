package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"binderhubdouble/internal/binder"
	"binderhubdouble/internal/build"
	"binderhubdouble/internal/cleaner"
	"binderhubdouble/internal/docker"
	"binderhubdouble/internal/gitserve"
	"binderhubdouble/internal/hub"
	"binderhubdouble/internal/image"
	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/proxy"
	"binderhubdouble/internal/session"
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

func runHub(ctx context.Context, args []string) error {
	path, err := configFlag("jupyterhub", args)
	if err != nil {
		return err
	}
	config, err := hub.LoadConfig(path)
	if err != nil {
		return err
	}
	client, err := kube.InCluster()
	if err != nil {
		return err
	}
	routes := &proxy.Client{URL: os.Getenv("CONFIGPROXY_API_URL"), Token: os.Getenv("CONFIGPROXY_AUTH_TOKEN")}
	server := hub.New(ctx, config, client, routes, os.Getenv("BINDER_API_TOKEN"))
	if err := server.ServiceTokens(filepath.Dir(path)); err != nil {
		return err
	}
	server.Exit = os.Exit
	server.StateFile = os.Getenv("HUB_STATE_FILE")
	if err := server.Recover(ctx); err != nil {
		return err
	}
	go server.Keep(ctx)
	return serve(ctx, ":8081", server)
}

func runProxy(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("configurable-http-proxy", flag.ContinueOnError)
	ip, port := flags.String("ip", "", ""), flags.Int("port", 8000, "")
	apiIP, apiPort := flags.String("api-ip", "", ""), flags.Int("api-port", 8001, "")
	target := flags.String("default-target", "", "where everything without a route goes")
	for _, ignored := range []string{"error-target", "log-level"} {
		flags.String(ignored, "", "accepted")
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	table := proxy.NewTable(*target)
	failed := make(chan error, 1)
	api := &proxy.API{Table: table, Token: os.Getenv("CONFIGPROXY_AUTH_TOKEN")}
	go func() { failed <- serve(ctx, fmt.Sprintf("%s:%d", *apiIP, *apiPort), api) }()
	go func() { failed <- serve(ctx, fmt.Sprintf("%s:%d", *ip, *port), proxy.New(table)) }()
	return <-failed
}

func runSession(ctx context.Context, args []string) error {
	server, address, err := session.Parse(args)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server.Shutdown = stop
	if api := os.Getenv("JUPYTERHUB_API_URL"); api != "" {
		server.Hub = &session.Hub{API: api, User: os.Getenv("JUPYTERHUB_USER")}
	}
	if server.Idle, err = session.ReadIdle(session.ConfigFile); err != nil {
		return err
	}
	go server.Watch(ctx, time.Second)
	server.Child = func(ctx context.Context, args ...string) (string, error) {
		said, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
		return string(said), err
	}
	return serve(ctx, address, server)
}

func runBuild(ctx context.Context, args []string) error {
	options, err := build.Parse(args)
	if err != nil {
		return err
	}
	if build.Run(ctx, options, os.Stdout) != nil {
		return exitCode(1) // the log says why
	}
	return nil
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

func runImage(_ context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: image NAME")
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	if err := image.Write(out, args[0], program); err != nil {
		return err
	}
	return out.Flush()
}
