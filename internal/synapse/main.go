// Command synapse makes sure that there is a Synapse to run tests on, and prints
// the path of its program.
package main

import (
	"context"
	"fmt"
	"os"

	"forseti/internal/homeserver"
)

func main() {
	path, err := homeserver.InstallSynapse(context.Background(), func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "synapse:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
