package binder

import (
	"sync"
	"time"
)

// RateLimiter counts requests per key in windows that start with the first request and end a period later.
type RateLimiter struct {
	Limit, PeriodS, CleanS int
	Now                    func() time.Time

	mutex   sync.Mutex
	windows map[string]*window
	cleaned int64
}

type window struct{ remaining, reset int64 }

// Increment counts one request of key. It returns what is left of the window and when it ends (Unix
// seconds), and false when the limit is used up; requests over it are counted on.
func (r *RateLimiter) Increment(key string) (remaining, reset int64, ok bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.Now().Unix()
	r.clean(now)
	w := r.windows[key]
	if w == nil || w.reset < now {
		w = &window{remaining: int64(r.Limit), reset: now + int64(r.PeriodS)}
		r.windows[key] = w
	}
	w.remaining--
	return w.remaining, w.reset, w.remaining >= 0
}

func (r *RateLimiter) clean(now int64) {
	if r.windows == nil {
		r.windows, r.cleaned = map[string]*window{}, now
	}
	if now-r.cleaned <= int64(r.CleanS) {
		return
	}
	r.cleaned = now
	for key, w := range r.windows {
		if w.reset <= now {
			delete(r.windows, key)
		}
	}
}
