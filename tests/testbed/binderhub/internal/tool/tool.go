// Package tool holds what images without a shell need to be interesting: RUN ["binderhub-double", "tool", …].
package tool

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Run does one of: sleep SECONDS; fail CODE MESSAGE…; fill FILE MEBIBYTES; noise FILE MEBIBYTES (which no
// compression makes smaller, as in most of what environments are made of); refused HOST:PORT, which fails when
// it is reached; allocate MEBIBYTES.
// It returns the exit code.
func Run(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "tool sleep SECONDS | fail CODE MESSAGE | fill FILE MEBIBYTES | noise FILE MEBIBYTES | refused HOST:PORT | allocate MEBIBYTES")
		return 2
	}
	number, err := strconv.Atoi(args[len(args)-1])
	switch args[0] {
	case "fail":
		fmt.Println(strings.Join(args[2:], " "))
		code, _ := strconv.Atoi(args[1])
		return code
	case "sleep":
		for i := 0; err == nil && i < number; i++ {
			fmt.Printf("sleeping, %d of %d s\n", i+1, number)
			time.Sleep(time.Second)
		}
	case "refused":
		err = refused(args[1])
	case "fill":
		err = fill(args[1], number, func(block []byte, i int) { block[0] = byte(i) })
	case "noise":
		source := rand.NewChaCha8([32]byte{})
		err = fill(args[1], number, func(block []byte, _ int) { _, _ = source.Read(block) })
	case "allocate":
		err = allocate(number)
	default:
		err = fmt.Errorf("unknown tool %q", args[0])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func fill(path string, mebibytes int, content func(block []byte, i int)) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	block := make([]byte, 1<<20)
	for i := range mebibytes {
		content(block, i)
		if _, err := file.Write(block); err != nil {
			return err
		}
	}
	return nil
}

func refused(address string) error {
	connection, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		fmt.Println(err)
		return nil
	}
	_ = connection.Close()
	return fmt.Errorf("%s answers", address)
}

// allocate uses memory for real, page by page. It asks the kernel to be killed first, as a notebook's
// kernel should be before its server.
func allocate(mebibytes int) error {
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0); err != nil {
		fmt.Fprintln(os.Stderr, err) // some sandboxes refuse; the biggest process is still the likeliest to go
	}
	var blocks [][]byte
	for range mebibytes {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		blocks = append(blocks, block)
	}
	fmt.Printf("allocated %d MiB\n", len(blocks))
	return nil
}
