// Package cleaner stands for docker-image-cleaner: it prunes images when their disk gets full.
package cleaner

import (
	"os"
	"strconv"
	"syscall"
)

// Limits are the thresholds of the imageCleaner values: percent of the disk, or bytes.
type Limits struct {
	Path      string
	High, Low float64
	Absolute  bool
}

// FromEnvironment reads the variables that the chart sets.
func FromEnvironment() Limits {
	number := func(name string, fallback float64) float64 {
		if value, err := strconv.ParseFloat(os.Getenv("DOCKER_IMAGE_CLEANER_"+name), 64); err == nil {
			return value
		}
		return fallback
	}
	return Limits{Path: os.Getenv("DOCKER_IMAGE_CLEANER_PATH_TO_CHECK"), High: number("THRESHOLD_HIGH", 80),
		Low: number("THRESHOLD_LOW", 60), Absolute: os.Getenv("DOCKER_IMAGE_CLEANER_THRESHOLD_TYPE") == "absolute"}
}

// Full reports that the disk is fuller than the high threshold, and how full it is.
func (l Limits) Full() (bool, float64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(l.Path, &disk); err != nil {
		return false, 0, err
	}
	used := float64(disk.Blocks-disk.Bfree) * float64(disk.Bsize)
	if !l.Absolute {
		used = 100 * (1 - float64(disk.Bfree)/float64(disk.Blocks))
	}
	return used >= l.High, used, nil
}
