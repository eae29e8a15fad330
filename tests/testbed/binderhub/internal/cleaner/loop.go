package cleaner

import (
	"context"
	"fmt"
	"time"
)

// Pruner deletes images that are not in use.
type Pruner interface {
	PruneImages(ctx context.Context) error
}

// Loop prunes whenever the disk is full, and looks again every interval. The real one deletes image after
// image until the low threshold is reached, and cordons its node meanwhile; this one does neither.
func (l Limits) Loop(ctx context.Context, daemon Pruner, interval time.Duration) error {
	for {
		full, used, err := l.Full()
		if err == nil && full {
			fmt.Printf("%s is full (%g of %g): pruning images\n", l.Path, used, l.High)
			err = daemon.PruneImages(ctx)
		}
		if err != nil {
			fmt.Printf("%v\n", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(interval):
		}
	}
}
