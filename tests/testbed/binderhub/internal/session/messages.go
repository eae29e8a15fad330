package session

import (
	"crypto/rand"
	"fmt"
	"time"
)

// message is one of Jupyter's, as its server writes them when no websocket protocol is agreed on
// (jupyter-server.readthedocs.io, "WebSocket kernel wire protocols").
type message struct {
	Header       map[string]any `json:"header"`
	ParentHeader map[string]any `json:"parent_header"`
	Metadata     map[string]any `json:"metadata"`
	Content      map[string]any `json:"content"`
	Channel      string         `json:"channel"`
	Buffers      []any          `json:"buffers"`
	ID           string         `json:"msg_id,omitempty"`
	Type         string         `json:"msg_type,omitempty"`
}

// kind is the message's type, which a client writes into the header.
func (m message) kind() string {
	kind, _ := m.Header["msg_type"].(string)
	return kind
}

// answer is a message that m has caused.
func (m message) answer(channel, kind string, content map[string]any) message {
	id := newID()
	header := map[string]any{"msg_id": id, "msg_type": kind, "username": "jovyan", "session": m.Header["session"],
		"date": time.Now().UTC(), "version": "5.3"}
	parent := m.Header
	if parent == nil {
		parent = map[string]any{}
	}
	return message{Header: header, ParentHeader: parent, Metadata: map[string]any{}, Content: content, Channel: channel,
		Buffers: []any{}, ID: id, Type: kind}
}

func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
