package kube

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// Pods lists the pods that carry the labels of selector.
func (c *Client) Pods(ctx context.Context, selector string) ([]Pod, error) {
	var list struct{ Items []Pod }
	err := c.get(ctx, "/pods", url.Values{"labelSelector": {selector}}, &list)
	return list.Items, err
}

// Pod reads one pod.
func (c *Client) Pod(ctx context.Context, name string) (Pod, error) {
	var pod Pod
	err := c.get(ctx, "/pods/"+name, nil, &pod)
	return pod, err
}

// CreatePod creates a pod from its manifest; IsStatus(err, 409) when it is there already.
func (c *Client) CreatePod(ctx context.Context, manifest map[string]any) error {
	response, err := c.call(ctx, http.MethodPost, "/pods", nil, manifest)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// DeletePod deletes a pod; one that is not there is no error. A negative grace is the pod's own.
func (c *Client) DeletePod(ctx context.Context, name string, graceSeconds int) error {
	options := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions"}
	if graceSeconds >= 0 {
		options["gracePeriodSeconds"] = graceSeconds
	}
	response, err := c.call(ctx, http.MethodDelete, "/pods/"+name, nil, options)
	if IsStatus(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// WatchPods calls seen for every change of the selected pods, those that are there first, until seen
// returns false (then nil), the watch ends by itself after timeoutS seconds (nil), or it breaks.
func (c *Client) WatchPods(ctx context.Context, selector string, timeoutS int, seen func(kind string, pod Pod) bool) error {
	query := url.Values{"labelSelector": {selector}, "watch": {"true"}, "timeoutSeconds": {strconv.Itoa(timeoutS)}}
	response, err := c.call(ctx, http.MethodGet, "/pods", query, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	for decoder.More() {
		var change struct {
			Type   string
			Object json.RawMessage
		}
		if err := decoder.Decode(&change); err != nil {
			return err
		}
		var pod Pod
		if change.Type == "ERROR" || json.Unmarshal(change.Object, &pod) != nil {
			return &StatusError{Code: http.StatusGone, Message: string(change.Object)}
		}
		if !seen(change.Type, pod) {
			return nil
		}
	}
	return ctx.Err()
}
