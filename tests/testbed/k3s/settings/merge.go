package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// merge adds one file's settings; `key+` appends to a list.
func (c Config) merge(text []byte) error {
	var document map[string]any
	if err := yaml.UnmarshalStrict(text, &document); err != nil {
		return err
	}
	for name, value := range document {
		key, appends := strings.CutSuffix(name, "+")
		values, err := scalars(value)
		if err != nil {
			return fmt.Errorf("key %q: %w", name, err)
		}
		if appends {
			values = append(slices.Clone(c[key]), values...)
		}
		if err := c.set(key, values); err != nil {
			return err
		}
	}
	return nil
}

func scalars(value any) ([]string, error) {
	switch value := value.(type) {
	case nil:
		return []string{}, nil
	case string:
		return []string{value}, nil
	case bool:
		return []string{strconv.FormatBool(value)}, nil
	case float64:
		return []string{strconv.FormatFloat(value, 'f', -1, 64)}, nil
	case []any:
		all := []string{}
		for _, item := range value {
			one, err := scalars(item)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("%v is neither a value nor a list of values", value)
}

// set stores a key's values; an unknown key or a value of the wrong kind is an error.
func (c Config) set(key string, values []string) error {
	known, ok := settings[key]
	if !ok {
		return fmt.Errorf("unknown key %q: k3s server has no such setting", key)
	}
	if known.kind != "list" && len(values) > 1 {
		return fmt.Errorf("key %q takes one value, not a list", key)
	}
	if known.kind == "bool" && len(values) == 1 {
		value, err := strconv.ParseBool(values[0])
		if err != nil {
			return fmt.Errorf("key %q: %q is not true or false", key, values[0])
		}
		values = []string{strconv.FormatBool(value)}
	}
	if known.kind == "list" && !strings.HasSuffix(key, "-arg") {
		values = slices.DeleteFunc(strings.Split(strings.Join(values, ","), ","), func(v string) bool { return v == "" })
	}
	c[key] = values
	return nil
}

// mergeFlags adds the command line: it wins over the files; repeated flags make a list.
func (c Config) mergeFlags(args []string) error {
	given := map[string][]string{}
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if !strings.HasPrefix(args[i], "-") {
			return fmt.Errorf("unexpected argument %q", args[i])
		}
		if long, ok := shortFlags[name]; ok {
			name = long
		}
		known, ok := settings[name]
		if !ok {
			return fmt.Errorf("unknown flag --%s: k3s server has no such flag", name)
		}
		if !inline && known.kind == "bool" {
			value = "true"
		} else if !inline {
			if i++; i >= len(args) {
				return fmt.Errorf("flag --%s needs a value", name)
			}
			value = args[i]
		}
		if known.kind != "list" {
			given[name] = nil
		}
		given[name] = append(given[name], value)
	}
	for name, values := range given {
		if err := c.set(name, values); err != nil {
			return err
		}
	}
	return nil
}
