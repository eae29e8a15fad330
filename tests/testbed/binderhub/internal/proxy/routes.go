// Package proxy stands for configurable-http-proxy: a table of routes with an API, and the proxy itself.
package proxy

import (
	"net/url"
	"strings"
	"sync"
	"time"
)

// Route is one entry of the table.
type Route struct {
	Target       string         `json:"target"`
	Data         map[string]any `json:"-"`
	LastActivity time.Time      `json:"last_activity"`

	open int // websockets now open
}

// Table maps prefixes of paths to targets.
type Table struct {
	Now    func() time.Time
	mutex  sync.Mutex
	routes map[string]*Route
}

// NewTable returns a table with a default route.
func NewTable(defaultTarget string) *Table {
	t := &Table{Now: time.Now, routes: map[string]*Route{}}
	t.Add("/", defaultTarget, nil)
	return t
}

// Add sets the target of a prefix.
func (t *Table) Add(prefix, target string, data map[string]any) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.routes[clean(prefix)] = &Route{Target: target, Data: data, LastActivity: t.Now()}
}

// Delete removes a prefix; false when there is none.
func (t *Table) Delete(prefix string) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_, there := t.routes[clean(prefix)]
	delete(t.routes, clean(prefix))
	return there
}

// All returns what the API lists: per route its target, its data and its last activity, which is now while
// a websocket is open (Jupyter's are pinged every 30 s, and configurable-http-proxy counts that as traffic).
func (t *Table) All() map[string]map[string]any {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	all := map[string]map[string]any{}
	for prefix, route := range t.routes {
		if route.open > 0 {
			route.LastActivity = t.Now()
		}
		entry := map[string]any{"target": route.Target,
			"last_activity": route.LastActivity.UTC().Format("2006-01-02T15:04:05.000Z")}
		for key, value := range route.Data {
			entry[key] = value
		}
		all[prefix] = entry
	}
	return all
}

// find returns the route with the longest prefix of path, and its target's address.
func (t *Table) find(path string) (*Route, *url.URL) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for prefix := clean(path); ; prefix = prefix[:strings.LastIndex(prefix, "/")] {
		if prefix == "" {
			prefix = "/"
		}
		if route := t.routes[prefix]; route != nil {
			target, err := url.Parse(route.Target)
			if err != nil {
				return nil, nil
			}
			return route, target
		}
		if prefix == "/" {
			return nil, nil
		}
	}
}

// touch records traffic on a route; by is the change in its open websockets.
func (t *Table) touch(route *Route, by int) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	route.LastActivity = t.Now()
	route.open += by
}

func clean(prefix string) string { return "/" + strings.Trim(prefix, "/") }
