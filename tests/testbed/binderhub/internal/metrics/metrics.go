// Package metrics keeps counters, gauges and histograms and writes them in Prometheus' text format.
package metrics

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// Registry holds the metrics of one process.
type Registry struct {
	mutex    sync.Mutex
	families map[string]*family
}

type family struct {
	kind, help string
	buckets    []float64
	values     map[string]*value // by the labels as they are written
}

type value struct {
	number float64
	counts []uint64 // one per bucket; histograms only
	total  uint64
}

// New returns an empty registry.
func New() *Registry { return &Registry{families: map[string]*family{}} }

// Declare makes a metric known: kind is counter, gauge or histogram; buckets are of histograms only.
func (r *Registry) Declare(name, kind, help string, buckets ...float64) {
	r.families[name] = &family{kind: kind, help: help, values: map[string]*value{}, buckets: append(buckets, math.Inf(1))}
	if kind == "gauge" {
		r.Set(name, 0)
	}
}

// Labels writes pairs of name and value as Prometheus does.
func Labels(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		parts = append(parts, fmt.Sprintf("%s=%q", pairs[i], pairs[i+1]))
	}
	return strings.Join(parts, ",")
}

func (r *Registry) update(name, labels string, change func(*family, *value)) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	f := r.families[name]
	if f == nil {
		return
	}
	v := f.values[labels]
	if v == nil {
		v = &value{counts: make([]uint64, len(f.buckets))}
		f.values[labels] = v
	}
	change(f, v)
}

// Add adds to a counter or a gauge.
func (r *Registry) Add(name string, by float64, pairs ...string) {
	r.update(name, Labels(pairs...), func(_ *family, v *value) { v.number += by })
}

// Set sets a gauge.
func (r *Registry) Set(name string, to float64, pairs ...string) {
	r.update(name, Labels(pairs...), func(_ *family, v *value) { v.number = to })
}

// Observe counts one observation of a histogram.
func (r *Registry) Observe(name string, seconds float64, pairs ...string) {
	r.update(name, Labels(pairs...), func(f *family, v *value) {
		v.number += seconds
		v.total++
		for i, bound := range f.buckets {
			if seconds <= bound {
				v.counts[i]++
			}
		}
	})
}

// Write writes all metrics, sorted by name.
func (r *Registry) Write(out io.Writer) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, name := range sortedKeys(r.families) {
		f := r.families[name]
		shown := strings.TrimSuffix(name, "_total")
		if f.kind == "counter" {
			shown += "_total"
		}
		fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", shown, f.help, shown, f.kind)
		for _, labels := range sortedKeys(f.values) {
			f.values[labels].write(out, shown, labels, f)
		}
	}
}

func (v *value) write(out io.Writer, name, labels string, f *family) {
	braces := ""
	if labels != "" {
		braces = "{" + labels + "}"
	}
	if f.kind != "histogram" {
		fmt.Fprintf(out, "%s%s %g\n", name, braces, v.number)
		return
	}
	comma := ""
	if labels != "" {
		comma = labels + ","
	}
	for i, bound := range f.buckets {
		edge := fmt.Sprintf("%g", bound)
		if math.IsInf(bound, 1) {
			edge = "+Inf"
		}
		fmt.Fprintf(out, "%s_bucket{%sle=%q} %d\n", name, comma, edge, v.counts[i])
	}
	fmt.Fprintf(out, "%s_count%s %d\n%s_sum%s %g\n", name, braces, v.total, name, braces, v.number)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
