package docker

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// traceID marks the messages in which BuildKit tells how a build goes: protobuf, of which two fields are read.
const traceID = "moby.buildkit.trace"

// Fields of moby.buildkit.v1 (api/services/control/control.proto).
const (
	statusVertexes, statusLogs        = 1, 3
	vertexName, vertexStarted, logMsg = 3, 5, 4
)

// trace is the text of one such message: the names of steps that begin, each once, and what they print.
func trace(aux json.RawMessage, told map[string]bool) string {
	var status []byte // base64 in JSON
	if json.Unmarshal(aux, &status) != nil {
		return ""
	}
	text := ""
	for _, f := range fields(status) {
		switch f.number {
		case statusVertexes:
			name, started := "", false
			for _, v := range fields(f.data) {
				if v.number == vertexName {
					name = string(v.data)
				}
				started = started || v.number == vertexStarted
			}
			if started && !told[name] {
				told[name] = true
				text += fmt.Sprintf("%s\n", name)
			}
		case statusLogs:
			for _, l := range fields(f.data) {
				if l.number == logMsg {
					text += string(l.data)
				}
			}
		}
	}
	return text
}

type field struct {
	number uint64
	data   []byte // empty for numbers
}

// fields splits a protobuf message; what is not understood ends it.
func fields(message []byte) []field {
	var found []field
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 {
			return found
		}
		message = message[n:]
		value, n := binary.Uvarint(message)
		f := field{number: key >> 3}
		switch key & 7 {
		case 0: // a number
			if n <= 0 {
				return found
			}
			message = message[n:]
		case 2: // bytes, their length before them
			if n <= 0 || value > uint64(len(message)-n) {
				return found
			}
			f.data, message = message[n:n+int(value)], message[n+int(value):]
		default: // fixed 32 and 64 bits: in none of the messages
			return found
		}
		found = append(found, f)
	}
	return found
}
