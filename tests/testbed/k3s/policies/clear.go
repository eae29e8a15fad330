package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/utils"
	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	forwardChain  = "KUBE-ROUTER-FORWARD" // there for as long as any of the controller's rules are
	clearingEvery = time.Second
	clearingLimit = 30 * time.Second
)

// Clear removes what the controller has left in the kernel. To be called while nobody else writes the filter
// table. A set of addresses may stay in use for a moment after the last rule that names it is gone.
func Clear(ctx context.Context) error {
	return wait.PollUntilContextTimeout(ctx, clearingEvery, clearingLimit, true, func(context.Context) (bool, error) {
		if there, err := left(); err != nil || !there {
			return true, err
		}
		(&netpol.NetworkPolicyController{}).Cleanup()
		there, err := left()
		return !there, err
	})
}

// left tells whether rules or sets are there.
func left() (bool, error) {
	tables, _, err := netpol.NewIPTablesHandlers(nil)
	if err != nil {
		return false, err
	}
	for _, table := range tables {
		chains, err := table.ListChains("filter")
		if err != nil {
			return false, err
		}
		if slices.Contains(chains, forwardChain) {
			return true, nil
		}
	}
	names, err := sets()
	return len(names) > 0, err
}

// sets are the names of the controller's ipsets, for both families of addresses. An error means that there is no
// ipset program, or that the kernel has no ipsets.
func sets() ([]string, error) {
	names := []string{}
	for _, six := range []bool{false, true} {
		ipset, err := utils.NewIPSet(six)
		if err != nil {
			return nil, err
		}
		if err := ipset.Save(); err != nil {
			return nil, fmt.Errorf("ipset save: %w", err)
		}
		for name, set := range ipset.Sets() {
			if set.HasPrefix("KUBE-SRC-") || set.HasPrefix("KUBE-DST-") {
				names = append(names, name)
			}
		}
	}
	return names, nil
}
