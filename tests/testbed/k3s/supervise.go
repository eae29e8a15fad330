package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const stopGrace = 4 * time.Second // then components that still run are killed; pods are nobody's children here

// Family is the server's children. The end of one of them is the end of all: systemd starts k3s anew.
type Family struct {
	environment []string
	ended       chan error
	mutex       sync.Mutex
	processes   []*os.Process
	wait        sync.WaitGroup
	stopping    bool
}

func newFamily() *Family {
	// Memory is there, processor time is not (the machine is emulated): collect garbage less often.
	return &Family{environment: append(os.Environ(), "GOGC=400"), ended: make(chan error, 16)}
}

// component starts this very binary under a component's name.
func (f *Family) component(name string, args []string) {
	self, err := os.Executable()
	if err != nil {
		f.ended <- fmt.Errorf("%s: %w", name, err)
		return
	}
	f.start(name, self, args, os.Stderr)
}

// start runs a child in a thread of its own: a parent-death signal belongs to the thread that forked.
func (f *Family) start(name, path string, args []string, output *os.File) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.stopping {
		return
	}
	started := make(chan struct{})
	f.wait.Add(1)
	go func() {
		runtime.LockOSThread()
		defer f.wait.Done()
		command := &exec.Cmd{Path: path, Args: append([]string{name}, args...), Env: f.environment, Stdout: output, Stderr: output}
		command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		err := command.Start()
		if err == nil {
			f.processes = append(f.processes, command.Process)
		}
		close(started)
		if err == nil {
			err = command.Wait()
		}
		f.ended <- fmt.Errorf("%s ended: %v", name, err)
	}()
	<-started
}

// stop asks all children to end, then makes them.
func (f *Family) stop() {
	f.mutex.Lock()
	f.stopping = true
	for _, process := range f.processes {
		_ = process.Signal(syscall.SIGTERM)
	}
	f.mutex.Unlock()
	done := make(chan struct{})
	go func() { f.wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(stopGrace):
		for _, process := range f.processes {
			_ = process.Kill()
		}
		<-done
	}
}

// notify tells systemd, as sd_notify(3) does; without systemd it does nothing.
func notify(state string) {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return
	}
	if address[0] == '@' {
		address = "\x00" + address[1:]
	}
	connection, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		log.Printf("k3s (stand-in): sd_notify: %v", err)
		return
	}
	defer connection.Close()
	if _, err := connection.Write([]byte(state)); err != nil {
		log.Printf("k3s (stand-in): sd_notify: %v", err)
	}
}

// retry calls again until there is no error, or the context is over.
func retry(ctx context.Context, what string, every time.Duration, try func() error) error {
	said := ""
	for {
		err := try()
		if err == nil {
			return nil
		}
		if err.Error() != said {
			said = err.Error()
			log.Printf("k3s (stand-in): waiting for %s: %v", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (last: %w)", what, ctx.Err(), err)
		case <-time.After(every):
		}
	}
}
