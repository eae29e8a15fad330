package binder

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// stream is one answer of /build: server-sent events, always with HTTP status 200.
type stream struct {
	mutex   sync.Mutex
	w       http.ResponseWriter
	flusher http.Flusher
	stopped chan struct{}
}

// event is one message of the stream.
type event = map[string]any

// requestError is what BinderHub raises as an HTTP error: here it can only be an event.
type requestError struct {
	code    int
	message string
}

func (e *requestError) Error() string { return e.message }

func newStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	flusher, _ := w.(http.Flusher)
	return &stream{w: w, flusher: flusher, stopped: make(chan struct{})}
}

func (s *stream) write(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	fmt.Fprint(s.w, text)
	if s.flusher != nil {
		s.flusher.Flush()
	}
}

// emit sends one event; a string is one that is JSON already.
func (s *stream) emit(data any) {
	text, ok := data.(string)
	if !ok {
		encoded, _ := json.Marshal(data)
		text = string(encoded)
	}
	s.write("data: " + text + "\n\n")
}

func (s *stream) phase(phase, message string) { s.emit(event{"phase": phase, "message": message}) }

func (s *stream) fail(message string) { s.phase("failed", message+"\n") }

// sendError is tornado's send_error as BinderHub overrides it.
func (s *stream) sendError(err error) {
	code, message := http.StatusInternalServerError, ""
	if request, ok := err.(*requestError); ok {
		code, message = request.code, request.message
	}
	if message == "" {
		message = http.StatusText(code)
	}
	s.emit(event{"phase": "failed", "status_code": code, "message": message + "\n"})
}

// keepAlive sends a comment every interval, so that proxies do not take the stream for dead.
func (s *stream) keepAlive(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-s.stopped:
			return
		case <-ticker.C:
			s.write(":keepalive\n\n")
		}
	}
}

// stop ends keepAlive; nothing is written after it.
func (s *stream) stop() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	close(s.stopped)
	s.w, s.flusher = discard{}, nil
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
