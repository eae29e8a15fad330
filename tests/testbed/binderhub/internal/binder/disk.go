package binder

import (
	"regexp"
	"strconv"
	"syscall"
)

// diskQuota is a launch_quota_class that refuses launches while a disk is full. Its Python is not run: the
// share that must be free and the sentence are read from its lines.
type diskQuota struct {
	freePercent float64
	sentence    string
}

var (
	freeLine     = regexp.MustCompile(`(?m)^ +FREE_PERCENT = (\d+)$`)
	sentenceLine = regexp.MustCompile(`(?m)^ +SENTENCE = "(.*)"$`)
	// The container's own files lie on the images' file system, and the second on the kubelet's.
	diskPaths = []string{"/", "/etc/hosts"}
)

func readDiskQuota(snippet string) diskQuota {
	free, sentence := freeLine.FindStringSubmatch(snippet), sentenceLine.FindStringSubmatch(snippet)
	if free == nil || sentence == nil {
		return diskQuota{}
	}
	percent, _ := strconv.ParseFloat(free[1], 64)
	return diskQuota{percent, sentence[1]}
}

// check refuses while one of the file systems has less free than it must.
func (q diskQuota) check() error {
	if q.freePercent == 0 {
		return nil
	}
	for _, path := range diskPaths {
		var disk syscall.Statfs_t
		if err := syscall.Statfs(path, &disk); err != nil {
			return err
		}
		if 100*float64(disk.Bavail)/float64(disk.Blocks) < q.freePercent {
			logf("The disk is full")
			return &quotaExceeded{q.sentence, "disk_quota"}
		}
	}
	return nil
}
