package fake

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"binderhubdouble/internal/kube"
)

func matches(pod kube.Pod, selector string) bool {
	for _, term := range strings.Split(selector, ",") {
		name, value, _ := strings.Cut(term, "=")
		if pod.Metadata.Labels[name] != value {
			return false
		}
	}
	return true
}

func (k *Kube) list(selector string) []kube.Pod {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	found := []kube.Pod{}
	for _, e := range k.pods {
		if matches(e.pod, selector) {
			found = append(found, e.pod)
		}
	}
	return found
}

func (k *Kube) show(w http.ResponseWriter, name string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if e := k.pods[name]; e != nil {
		answer(w, e.pod)
		return
	}
	refuse(w, 404, `pods "`+name+`" not found`)
}

func (k *Kube) create(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var pod kube.Pod
	var manifest map[string]any
	if json.Unmarshal(body, &pod) != nil || json.Unmarshal(body, &manifest) != nil {
		refuse(w, 400, "not a pod")
		return
	}
	name := pod.Metadata.Name
	k.mutex.Lock()
	if k.pods[name] != nil {
		k.mutex.Unlock()
		refuse(w, 409, `pods "`+name+`" already exists`)
		return
	}
	pod.Metadata.CreationTimestamp = time.Now()
	pod.Status.Phase = "Pending"
	k.pods[name] = &entry{pod: pod}
	k.Manifests[name] = manifest
	k.note("ADDED", pod)
	k.mutex.Unlock()
	w.WriteHeader(http.StatusCreated)
	answer(w, pod)
	if k.Started != nil {
		go k.Started(k, pod)
	}
}

func (k *Kube) delete(w http.ResponseWriter, name string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	e := k.pods[name]
	if e == nil {
		refuse(w, 404, `pods "`+name+`" not found`)
		return
	}
	delete(k.pods, name)
	k.note("DELETED", e.pod)
	answer(w, e.pod)
}

// watch sends the pods there are and then each change, until the client goes.
func (k *Kube) watch(w http.ResponseWriter, r *http.Request, selector string) {
	k.mutex.Lock()
	next := len(k.log)
	k.mutex.Unlock()
	for _, pod := range k.list(selector) {
		answer(w, map[string]any{"type": "ADDED", "object": pod})
	}
	if k.WatchesEnd {
		return
	}
	for {
		k.mutex.Lock()
		news, wake := k.log[next:], k.changed
		next = len(k.log)
		k.mutex.Unlock()
		for _, c := range news {
			if matches(c.pod, selector) {
				answer(w, map[string]any{"type": c.kind, "object": c.pod})
			}
		}
		w.(http.Flusher).Flush()
		select {
		case <-wake:
		case <-r.Context().Done():
			return
		}
	}
}

// serveLog follows the log of a pod until the pod has ended.
func (k *Kube) serveLog(w http.ResponseWriter, r *http.Request, name string) {
	for sent := 0; ; {
		k.mutex.Lock()
		e, wake := k.pods[name], k.changed
		if e == nil {
			k.mutex.Unlock()
			return
		}
		text, phase := e.log[sent:], e.pod.Status.Phase
		sent = len(e.log)
		k.mutex.Unlock()
		_, _ = io.WriteString(w, text)
		w.(http.Flusher).Flush()
		if phase == "Succeeded" || phase == "Failed" {
			return
		}
		select {
		case <-wake:
		case <-r.Context().Done():
			return
		}
	}
}

// End lets a pod end.
func (k *Kube) End(name, phase string) {
	k.Update(name, func(pod *kube.Pod) {
		pod.Status.Phase = phase
		status := kube.ContainerStatus{Name: "notebook"}
		status.State.Terminated = &struct {
			ExitCode int    `json:"exitCode"`
			Reason   string `json:"reason"`
		}{0, "Completed"}
		pod.Status.ContainerStatuses = []kube.ContainerStatus{status}
	})
}
