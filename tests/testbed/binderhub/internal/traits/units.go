package traits

import (
	"fmt"
	"strconv"
)

// suffixes of JupyterHub's ByteSpecification: powers of 1024, unlike Kubernetes' own.
var suffixes = map[byte]float64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}

// Bytes reads a JupyterHub number of bytes: a number, or a string with one of the suffixes K M G T.
func Bytes(value any) (int64, error) {
	switch v := value.(type) {
	case float64:
		return int64(v), nil
	case string:
		if len(v) > 1 {
			number, err := strconv.ParseFloat(v[:len(v)-1], 64)
			if factor, ok := suffixes[v[len(v)-1]]; ok && err == nil {
				return int64(number * factor), nil
			}
		}
	}
	return 0, fmt.Errorf("%v is not a valid memory specification: a number, or a string with suffix K, M, G or T", value)
}
