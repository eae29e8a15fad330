package build

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// dataverseVariable is where repo2docker's list of Dataverse installations is read from instead of its site.
const dataverseVariable = "R2D_DATAVERSE_INSTALLATIONS_URL"

// readDataverses does what repo2docker's Dataverse content provider does before the Git one has its turn: read
// the list, and fail when it cannot be read. Without the variable the real one asks a site that the test bed
// does not have; here that is said at once.
func readDataverses(ctx context.Context) error {
	address := os.Getenv(dataverseVariable)
	if address == "" {
		return fmt.Errorf("%s is not set: repo2docker would ask iqss.github.io", dataverseVariable)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s for url: %s", response.Status, address)
	}
	var list struct{ Installations []struct{ Hostname string } }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	for _, each := range list.Installations {
		if each.Hostname == "" {
			return fmt.Errorf("%s: an installation without a hostname", address)
		}
	}
	return nil
}
