package hub

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// camelCase turns restart_policy into restartPolicy: KubeSpawner takes both for pod fields.
func camelCase(name string) string {
	parts := strings.Split(name, "_")
	for i := 1; i < len(parts); i++ {
		if parts[i] != "" {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
	}
	return strings.Join(parts, "")
}

// asList takes a list, or the values of a mapping in the order of its keys: the chart accepts both.
func asList(value any) []any {
	switch v := value.(type) {
	case []any:
		return v
	case map[string]any:
		list := make([]any, 0, len(v))
		for _, key := range sortedKeys(v) {
			list = append(list, v[key])
		}
		return list
	}
	return []any{}
}

// asStrings takes a command as a list or as one word.
func asStrings(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
		return list
	}
	return nil
}

func envList(values map[string]string) []object {
	list := make([]object, 0, len(values))
	for _, name := range sortedKeys(values) {
		list = append(list, object{"name": name, "value": values[name]})
	}
	return list
}

// extraEnv is one entry of extraEnv: a string, or the fields of a Kubernetes variable.
func extraEnv(name string, value any) object {
	if fields, ok := value.(map[string]any); ok {
		entry := object{"name": name}
		for key, field := range fields {
			entry[key] = field
		}
		return entry
	}
	return object{"name": name, "value": fmt.Sprint(value)}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
