package whole

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// session launches one and returns its address, its token, and whether its pod is there.
func (w *world) session() (address, token string, there func() bool) {
	w.t.Helper()
	events := w.launch("minimal")
	ready := events[len(events)-1]
	if ready["phase"] != "ready" {
		w.t.Fatalf("launch failed: %v", ready)
	}
	address = ready["url"].(string)
	pod := "jupyter-" + strings.Trim(strings.Split(address, "/user/")[1], "/")
	return address, ready["token"].(string), func() bool {
		for _, name := range w.kube.Names() {
			if name == pod {
				return true
			}
		}
		return false
	}
}

func TestIdleSessionIsCulled(t *testing.T) {
	w := newWorld(t, nil)
	address, token, there := w.session()
	w.later(9 * time.Minute)
	w.hub.CullIdle()
	if !there() {
		t.Fatal("culled after 9 minutes; the timeout is 10")
	}
	ask(t, "GET", address+"api/status", token, nil) // somebody is there
	w.later(9 * time.Minute)
	w.hub.CullIdle()
	if !there() {
		t.Fatal("culled 9 minutes after it was used")
	}
	w.later(2 * time.Minute)
	w.hub.CullIdle()
	if there() {
		t.Fatal("still there 11 minutes after it was used")
	}
	if status := ask(t, "GET", address+"api", token, nil); status != 424 {
		t.Errorf("a culled session answers HTTP %d, not 424", status)
	}
}

func TestOpenWebsocketCountsAsActivityButNotForEver(t *testing.T) {
	w := newWorld(t, nil)
	address, token, there := w.session()
	var kernel struct{ ID string }
	if status := ask(t, "POST", address+"api/kernels", token, &kernel); status != 201 {
		t.Fatalf("POST api/kernels: HTTP %d", status)
	}
	channels := strings.Replace(address, "http://", "ws://", 1) + "api/kernels/" + kernel.ID + "/channels?token=" + token
	connection, err := websocket.Dial(channels, "", w.proxy.URL)
	check(t, err)
	defer connection.Close()
	request := map[string]any{"header": map[string]any{"msg_id": "1", "msg_type": "kernel_info_request"}, "channel": "shell"}
	check(t, websocket.JSON.Send(connection, request))
	for told := ""; told != "kernel_info_reply"; {
		var back struct{ Header map[string]any }
		check(t, websocket.JSON.Receive(connection, &back))
		told, _ = back.Header["msg_type"].(string)
	}
	w.later(30 * time.Minute)
	w.hub.CullIdle()
	if !there() {
		t.Fatal("culled with a websocket open")
	}
	w.later(31 * time.Minute) // past maxAge, 1 h
	w.hub.CullIdle()
	if there() {
		t.Fatal("older than maxAge, and still there")
	}
}

func TestSessionsSurviveTheHubAndTheProxy(t *testing.T) {
	w := newWorld(t, nil)
	address, token, there := w.session()
	w.startHub()
	w.table.Delete(strings.TrimSuffix(strings.TrimPrefix(address, w.proxy.URL), "/")) // a new proxy knows no routes
	if status := ask(t, "GET", address+"api", token, nil); status != 424 {
		t.Fatalf("without a route: HTTP %d", status)
	}
	check(t, w.hub.SyncRoutes(t.Context()))
	if status := ask(t, "GET", address+"api/status", token, nil); status != 200 {
		t.Errorf("after the restart of both: HTTP %d", status)
	}
	w.later(11 * time.Minute)
	w.hub.CullIdle()
	if there() {
		t.Error("the new hub does not cull the old hub's session")
	}
}

func TestKeepDoesAllOfThat(t *testing.T) {
	w := newWorld(t, nil)
	_, _, there := w.session()
	go w.hub.Keep(t.Context())
	until(t, "the idle session is culled", func() bool {
		w.later(time.Minute)
		return !there()
	})
}
