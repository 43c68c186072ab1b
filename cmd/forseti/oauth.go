package main

import (
	"context"
	"fmt"
	"io"

	"github.com/rs/zerolog"

	"forseti/matrix"
)

// logInByBrowser has a person confirm the login in a browser of any device, and
// waits for it.
func logInByBrowser(ctx context.Context, homeserver string, out io.Writer) (matrix.Tokens, error) {
	tokens, err := matrix.DeviceLogin(ctx, matrix.DeviceLoginOptions{
		Homeserver: homeserver,
		Log:        zerolog.Nop(),
		Show: func(uri, code string) {
			fmt.Fprintf(out, "\nOpen this address in a browser, on any device, and log in there as the bot's account:\n\n    %s\n\nIf it asks for a code, the code is %s. Waiting for you to confirm …\n", uri, code)
		},
	})
	if err != nil && ctx.Err() != nil {
		return matrix.Tokens{}, fmt.Errorf("given up before the login was confirmed: %w", ctx.Err())
	}
	return tokens, err
}
