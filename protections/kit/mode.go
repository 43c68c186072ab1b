package kit

import (
	"encoding/json"
	"fmt"
)

// Mode is how far a protection goes.
type Mode int

// The modes.
const (
	Off    Mode = iota // it does not run
	Shadow             // it says what it would have done, does none of it, and holds nothing against anybody
	On
)

// String is the mode in the words of moderators: "flooding is …".
func (m Mode) String() string {
	switch m {
	case On:
		return "on"
	case Shadow:
		return "in shadow"
	default:
		return "off"
	}
}

// shadowed is how shadow is stored. On and off are what they were before there was
// shadow, so that an earlier version still reads them, and takes shadow for nothing
// that it knows: then it leaves the protection off.
const shadowed = "shadow"

// MarshalJSON writes true, false or "shadow".
func (m Mode) MarshalJSON() ([]byte, error) {
	if m == Shadow {
		return json.Marshal(shadowed)
	}
	return json.Marshal(m == On)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Mode) UnmarshalJSON(raw []byte) error {
	var stored any
	if err := json.Unmarshal(raw, &stored); err != nil {
		return err
	}
	switch stored {
	case nil:
	case true:
		*m = On
	case false:
		*m = Off
	case shadowed:
		*m = Shadow
	default:
		return fmt.Errorf("no mode of a protection: %.50s", raw)
	}
	return nil
}
