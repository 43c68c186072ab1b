package config

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"forseti/text"
)

// Prefix begins the name of every variable that is Forseti's.
const Prefix = "FORSETI_"

// Variable is the variable of the environment that sets a key.
func Variable(key string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// shorts are second names of variables that people type: those of secrets that init
// and login ask for, too.
func shorts() map[string]string {
	return map[string]string{
		"homeserver.password":     "FORSETI_PASSWORD",
		"homeserver.access_token": "FORSETI_ACCESS_TOKEN",
	}
}

func shortOf(key string) string { return shorts()[key] }

// variable is one that sets no key.
type variable struct{ name, doc string }

func others() []variable {
	return []variable{
		{"FORSETI_CONFIG", "The configuration file, as `--config`."},
		{"FORSETI_RECOVERY_KEY", "The recovery key or passphrase of the bot's account, for `forseti init` and `forseti restore`."},
		{"FORSETI_KEYS_PASSPHRASE", "The passphrase of a file of keys, for `forseti keys`."},
	}
}

// variables are all names that Forseti knows.
func variables() []string {
	var names []string
	for _, k := range keys() {
		names = append(names, Variable(k.name))
	}
	for _, short := range shorts() {
		names = append(names, short)
	}
	for _, v := range others() {
		names = append(names, v.name)
	}
	slices.Sort(names)
	return names
}

// Unknown is a variable that looks like one of Forseti's and is none.
type Unknown struct {
	Name  string
	Meant string // the name that was probably meant, "" if none is near
}

// UnknownVariables returns those of environ, a list of NAME=value.
func UnknownVariables(environ []string) (found []Unknown) {
	known := variables()
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, Prefix) && !slices.Contains(known, name) {
			found = append(found, Unknown{name, nearestVariable(name, known)})
		}
	}
	slices.SortFunc(found, func(a, b Unknown) int { return strings.Compare(a.Name, b.Name) })
	return found
}

func nearestVariable(written string, known []string) string {
	word := strings.TrimPrefix(strings.ToUpper(written), Prefix)
	var candidates []string
	for _, name := range known {
		// The section left out is no slip of a finger, and yet meant.
		if strings.HasSuffix(name, "_"+word) {
			return name
		}
		candidates = append(candidates, strings.TrimPrefix(name, Prefix))
	}
	if meant := text.Nearest(word, candidates); meant != "" {
		return Prefix + meant
	}
	return ""
}

// Set is whether any key is set by the environment.
func Set(getenv func(string) string) bool {
	for _, k := range keys() {
		if value, _, _ := fromEnvironment(k.name, getenv); value != "" {
			return true
		}
	}
	return false
}

// FromEnvironment is the value of a key in the environment, "" if there is none.
func FromEnvironment(key string, getenv func(string) string) string {
	value, _, _ := fromEnvironment(key, getenv)
	return value
}

// fromEnvironment is the value of a key and the variable that has it. Two says that
// both of its names are set, and to different things.
func fromEnvironment(key string, getenv func(string) string) (value, name string, two bool) {
	name = Variable(key)
	value = getenv(name)
	short := shortOf(key)
	if short == "" {
		return value, name, false
	}
	other := getenv(short)
	if value == "" {
		return other, short, false
	}
	return value, name, other != "" && other != value
}

// override lets the environment win over the file, so that secrets need not be in
// it. What a value means is looked at as if it were in the file.
func (c *Config) override(getenv func(string) string, places places) (wrong []mistake) {
	for _, k := range keys() {
		value, name, two := fromEnvironment(k.name, getenv)
		if value == "" {
			continue
		}
		places[k.name] = name + ": "
		if two {
			wrong = append(wrong, mistake{k.name, errors.New("is set to something else by " + shortOf(k.name) + ": keep one")})
			continue
		}
		if !put(field(reflect.ValueOf(c).Elem(), k.name), value) {
			wrong = append(wrong, mistake{k.name, errors.New("is not what belongs here: write " + k.kind)})
		}
		// The file may name another file for it. What is nearer to the hand wins.
		if other, ok := strings.CutSuffix(k.name, "_file"); ok && places[other] != "" && !strings.HasPrefix(places[other], Prefix) {
			put(field(reflect.ValueOf(c).Elem(), other), "")
			delete(places, other)
		} else if beside := field(reflect.ValueOf(c).Elem(), k.name+"_file"); beside.IsValid() && getenv(Variable(k.name+"_file")) == "" {
			beside.SetString("")
		}
	}
	return wrong
}

// field finds a key in the configuration; it is not valid if there is no such key.
func field(in reflect.Value, key string) reflect.Value {
	section, rest, nested := strings.Cut(key, ".")
	for f, value := range in.Fields() {
		if f.Tag.Get("yaml") != section {
			continue
		}
		if nested {
			return field(value, rest)
		}
		return value
	}
	return reflect.Value{}
}

// put reports whether text is a value of the field's type, and sets it.
func put(into reflect.Value, text string) bool {
	var err error
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		var d time.Duration
		d, err = time.ParseDuration(text)
		into.SetInt(int64(d))
	case into.Kind() == reflect.Int:
		var n int
		n, err = strconv.Atoi(text)
		into.SetInt(int64(n))
	case into.Kind() == reflect.Bool:
		into.SetBool(text == "true")
		return text == "true" || text == "false"
	default:
		into.SetString(text)
	}
	return err == nil
}
