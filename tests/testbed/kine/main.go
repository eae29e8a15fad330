// kine with its SQLite driver (modernc, no cgo) and no other: `kine --endpoint sqlite://FILE?… --listen unix://SOCKET`.
// A program of its own because kine's dependencies are newer than those of the Kubernetes beside it.
package main

import (
	"context"
	"flag"
	"log"
	"math"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/k3s-io/kine/pkg/drivers"
	"github.com/k3s-io/kine/pkg/drivers/generic"
	"github.com/k3s-io/kine/pkg/drivers/sqlite"
	"github.com/k3s-io/kine/pkg/server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

const (
	notifyInterval = 5 * time.Second  // kine's own defaults (pkg/app) from here on
	keepaliveMin   = 5 * time.Second  // etcd embed.DefaultGRPCKeepAliveMinTime
	keepaliveEvery = 2 * time.Hour    // etcd embed.DefaultGRPCKeepAliveInterval
	keepaliveLimit = 20 * time.Second // etcd embed.DefaultGRPCKeepAliveTimeout
	maxRequest     = 2 << 20          // etcd's 1.5 MiB and gRPC's overhead
	etcdVersion    = "3.6.11"         // kine's own default: watch progress notifications are supported
)

func main() {
	database := flag.String("database", "/var/lib/rancher/k3s/server/db/state.db", "the SQLite file")
	socket := flag.String("socket", "/run/k3s/kine.sock", "the unix socket to listen on")
	flag.Parse()
	if err := run(*database, *socket); err != nil {
		log.Fatalf("kine: %v", err)
	}
}

func run(database, socket string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	wait := &sync.WaitGroup{}
	driverCtx, stopDriver := context.WithCancel(context.Background())
	_, backend, err := sqlite.New(driverCtx, wait, &drivers.Config{
		Endpoint: "sqlite://" + database, Scheme: "sqlite", DataSourceName: database + "?" + sqlite.DefaultParams,
		ConnectionPoolConfig: generic.ConnectionPoolConfig{MaxIdle: 20, MaxLifetime: 0, MaxIdleTime: 2 * time.Minute},
		CompactTimeout:       5 * time.Second, CompactMinRetain: 1000, CompactBatchSize: 1000, // the API server compacts
		PollBatchSize: 500, PollInterval: time.Second,
	})
	if err != nil {
		stopDriver()
		return err
	}
	if err := backend.Start(driverCtx); err != nil {
		stopDriver()
		return err
	}
	err = serve(ctx, backend, socket)
	stopDriver()
	wait.Wait()
	return err
}

func serve(ctx context.Context, backend server.Backend, socket string) error {
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return err
	}
	bridge := grpc.NewServer(
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveMin}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveEvery, Timeout: keepaliveLimit}),
		grpc.MaxConcurrentStreams(math.MaxUint32),
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.MaxSendMsgSize(math.MaxInt32),
	)
	server.New(backend, "unix", notifyInterval, etcdVersion).Register(bridge)
	go func() {
		<-ctx.Done()
		timer := time.AfterFunc(2*time.Second, bridge.Stop)
		defer timer.Stop()
		bridge.GracefulStop()
	}()
	log.Printf("kine: listening on unix://%s", socket)
	return bridge.Serve(listener)
}
