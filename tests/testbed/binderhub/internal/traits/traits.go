// Package traits reads `config: {Class: {trait: value}}` with the strictness of BinderHub's traitlets:
// a value of the wrong type ends the program at start. Stricter than it in one thing: an option that
// BinderHub does not have is an error here (there, a warning in a log nobody reads).
package traits

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// Config is the chart's `config` value: class, then trait, then value.
type Config map[string]map[string]any

// kinds are the types of traitlets, by the letter that known.go uses for them.
var kinds = map[byte]string{'s': "a string", 'i': "an integer", 'b': "a boolean", 'd': "a mapping", 'l': "a list",
	'm': "a number of bytes (suffix K, M, G or T)"}

// Check returns one line per option that is unknown or has a value of the wrong type.
func (c Config) Check() []string {
	var problems []string
	for class, options := range c {
		known, ok := knownTraits(class)
		if !ok {
			problems = append(problems, fmt.Sprintf("config.%s: BinderHub has no such class", class))
			continue
		}
		for name, value := range options {
			if spec, ok := known[name]; !ok {
				problems = append(problems, fmt.Sprintf("config.%s.%s: BinderHub has no such option", class, name))
			} else if !fits(spec, value) {
				problems = append(problems, fmt.Sprintf("config.%s.%s: must be %s, not %v", class, name, kinds[spec[0]], value))
			}
		}
	}
	sort.Strings(problems)
	return problems
}

func fits(spec string, value any) bool {
	if value == nil {
		return strings.HasSuffix(spec, "?") || spec[0] == 'm'
	}
	switch spec[0] {
	case 's':
		_, ok := value.(string)
		return ok
	case 'i':
		number, ok := value.(float64)
		return ok && number == float64(int64(number))
	case 'b':
		_, ok := value.(bool)
		return ok
	case 'd':
		_, ok := value.(map[string]any)
		return ok
	case 'l':
		_, ok := value.([]any)
		return ok
	case 'm':
		_, err := Bytes(value)
		return err == nil
	}
	return true
}

// find returns the value of a trait as the most specific class gives it.
func (c Config) find(trait string, classes []string) (any, bool) {
	for _, class := range classes {
		if value, ok := c[class][trait]; ok && value != nil {
			return value, true
		}
	}
	return nil, false
}

// Str is a string option; the classes go from the most specific to the most general.
func (c Config) Str(trait, fallback string, classes ...string) string {
	if value, ok := c.find(trait, classes); ok {
		return fmt.Sprint(value)
	}
	return fallback
}

// Int is an integer option.
func (c Config) Int(trait string, fallback int, classes ...string) int {
	if value, ok := c.find(trait, classes); ok {
		if number, ok := value.(float64); ok {
			return int(number)
		}
	}
	return fallback
}

// Bool is a boolean option.
func (c Config) Bool(trait string, fallback bool, classes ...string) bool {
	if value, ok := c.find(trait, classes); ok {
		if truth, ok := value.(bool); ok {
			return truth
		}
	}
	return fallback
}

// Into fills target, a pointer to a Go value of the option's shape; absent leaves it as it is.
func (c Config) Into(trait string, target any, classes ...string) {
	if value, ok := c.find(trait, classes); ok {
		data, _ := json.Marshal(value)
		_ = json.Unmarshal(data, target)
	}
}
