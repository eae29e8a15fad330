package main

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// freeAddress is a port on loopback that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// get asks until somebody listens.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(url)
		if err == nil {
			return response
		}
		if time.Now().After(limit) {
			t.Fatalf("nobody answered in 10 s: %v", err)
		}
	}
}

// A session is told to stop by a request of its own, which has to be answered.
func TestWhoIsBeingAnsweredIsNotCutOff(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stop()
		select {
		case <-ended:
			t.Error("serve returned before its last answer was given: its program would have ended")
		case <-time.After(300 * time.Millisecond):
		}
	})
	address := freeAddress(t)
	go func() {
		defer close(ended)
		if err := serve(ctx, address, handler); err != nil {
			t.Errorf("serve: %v", err)
		}
	}()
	response := get(t, "http://"+address)
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("HTTP %d", response.StatusCode)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("serve goes on 10 s after it was told to stop")
	}
}
