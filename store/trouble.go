package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"go.mau.fi/util/dbutil"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Trouble is a database that cannot be used: what is wrong and what to do, in words
// for who runs the bot. The cause comes last.
type Trouble struct {
	Text  string
	Cause error
}

func (t *Trouble) Error() string {
	if t.Cause == nil || errors.Is(t.Cause, ErrNoDatabase) {
		return t.Text
	}
	cause := strings.Join(strings.Fields(t.Cause.Error()), " ")
	if len(cause) > longestCause {
		cause = strings.ToValidUTF8(cause[:longestCause], "") + "…"
	}
	return fmt.Sprintf("%s (%s)", t.Text, cause)
}

const longestCause = 400

func (t *Trouble) Unwrap() error { return t.Cause }

// ErrNoDatabase is in what Look returns where nothing was set up yet.
var ErrNoDatabase = errors.New("there is no database")

// explain puts an error of opening into words. What it does not know it returns as
// it is. It never tells the password of a URL.
func (p place) explain(err error) error {
	if _, known := errors.AsType[*Trouble](err); err == nil || known || errors.Is(err, ErrRunning) || errors.Is(err, ErrNotOwner) {
		return err
	}
	text := p.schemaTrouble(err)
	switch {
	case text != "":
	case p.pg != nil:
		text = p.postgresTrouble(err)
	default:
		text = p.sqliteTrouble(err)
	}
	if text == "" {
		return fmt.Errorf("database %s: %w", p, err)
	}
	return &Trouble{text, err}
}

// Explain puts an error that a database in use led to into words. What is none of
// its own it returns as it is.
func (d *Database) Explain(err error) error {
	_, answered := errors.AsType[*pgconn.PgError](err)
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	if _, known := errors.AsType[*Trouble](err); known || !answered && !refused && sqliteCode(err) == 0 {
		return err
	}
	var text string
	if d.place.pg != nil {
		text = d.place.postgresTrouble(err)
	} else {
		text = d.place.sqliteText(sqliteCode(err))
	}
	if text == "" {
		return err
	}
	return &Trouble{text, err}
}

// String names the database without its secrets.
func (p place) String() string {
	if p.pg == nil {
		return p.path
	}
	return fmt.Sprintf("%s on %s", p.pg.Database, p.server())
}

func (p place) server() string {
	if strings.HasPrefix(p.pg.Host, "/") {
		return "the socket in " + p.pg.Host
	}
	return net.JoinHostPort(p.pg.Host, fmt.Sprint(p.pg.Port))
}

func (p place) schemaTrouble(err error) string {
	switch {
	case errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion):
		return fmt.Sprintf("The database %s was made or upgraded by a newer Forseti. Install that version again, or go back to the copy that was made before the upgrade", p)
	case errors.Is(err, dbutil.ErrForeignTables):
		return fmt.Sprintf("The database %s is that of a homeserver. Give Forseti a database of its own in database.url", p)
	case errors.Is(err, dbutil.ErrNotOwned):
		return fmt.Sprintf("The database %s belongs to another program. Give Forseti a database of its own in database.url", p)
	}
	return ""
}

// What PostgreSQL calls its errors: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	pgInvalidPassword = "28P01"
	pgInvalidRole     = "28000"
	pgNoDatabase      = "3D000"
	pgNoPrivilege     = "42501"
	pgNoSchema        = "3F000"
	pgReadOnly        = "25006"
	pgDiskFull        = "53100"
	pgTooMany         = "53300"
	pgStarting        = "57P03"
	pgNotReady        = "55000" // of who connects: it takes no connections
)

func (p place) postgresTrouble(err error) string {
	role, name := p.pg.User, p.pg.Database
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case pgInvalidPassword:
			return fmt.Sprintf("PostgreSQL at %s refuses the password of the role %s. Correct it in database.url", p.server(), role)
		case pgInvalidRole:
			return fmt.Sprintf("PostgreSQL at %s does not let the role %s in from here. Correct the role in database.url, or allow it in pg_hba.conf", p.server(), role)
		case pgNoDatabase:
			return fmt.Sprintf("The database %s does not exist at %s. Make it, as its administrator: CREATE DATABASE %s OWNER %s;", name, p.server(), identifier(name), identifier(role))
		case pgNoPrivilege, pgNoSchema:
			return fmt.Sprintf("The role %s may not create or use tables in the database %s. Make it the owner, as administrator: ALTER DATABASE %s OWNER TO %s;", role, p, identifier(name), identifier(role))
		case pgReadOnly:
			return fmt.Sprintf("The database %s is read-only, as a standby is. Write the address of the primary into database.url", p)
		case pgDiskFull:
			return fmt.Sprintf("The disk of PostgreSQL at %s is full. Make room there", p.server())
		case pgTooMany:
			return fmt.Sprintf("PostgreSQL at %s has no connection left. Raise max_connections there, or stop what uses them up", p.server())
		case pgNotReady:
			return fmt.Sprintf("The database %s takes no connections now. Wait until whoever closed it is done, or open it, as administrator: ALTER DATABASE %s ALLOW_CONNECTIONS true;", p, identifier(name))
		case pgStarting:
			return fmt.Sprintf("PostgreSQL at %s is starting or stopping. Try again in a moment", p.server())
		}
		return ""
	}
	if _, failed := errors.AsType[*pgconn.ConnectError](err); failed || errors.Is(err, ErrSlow) {
		if strings.Contains(err.Error(), "refused TLS") {
			return fmt.Sprintf("PostgreSQL at %s speaks no TLS, and database.url asks for it. Turn TLS on there, or add ?sslmode=disable if it is on this machine", p.server())
		}
		return fmt.Sprintf("No PostgreSQL answers at %s. Start it, or correct host and port in database.url", p.server())
	}
	return ""
}

// identifier is a name as it stands in SQL.
func identifier(name string) string {
	plain := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && (name[0] > '9' || name[0] < '0')
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// rebuilt says what becomes of a database that is given up.
const rebuilt = "protected rooms and watched lists come back from the bot's account at the homeserver, and forseti login or forseti restore logs in anew; " +
	"lost are the history, which bans are Forseti's own (it will not lift them), and the settings made in chat. docs/operating.md, Database, has the steps"

func (p place) sqliteTrouble(err error) string {
	if info, err := os.Stat(p.path); err == nil && info.IsDir() {
		return fmt.Sprintf("%s is a folder. Write the path of a file into database.url, such as sqlite:%s", p.path, filepath.Join(p.path, "forseti.db"))
	}
	if text := p.sqliteText(sqliteCode(err)); text != "" {
		return text
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), isNoFolder(err):
		return fmt.Sprintf("The folder %s of the database does not exist. Make it, or correct database.url", filepath.Dir(p.path))
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return p.closed()
	case isFull(err):
		return p.sqliteText(lib.SQLITE_FULL)
	}
	return ""
}

// sqliteText explains a result code of SQLite.
func (p place) sqliteText(code int) string {
	switch code & 0xff {
	case lib.SQLITE_NOTADB:
		return fmt.Sprintf("The file %s is no SQLite database, or damaged. If database.url names the wrong file, correct it. Else put a backup in its place, or move the file away with those beside it (-wal, -shm): %s", p.path, rebuilt)
	case lib.SQLITE_CORRUPT:
		return fmt.Sprintf("The database file %s is damaged. Put a backup in its place, or move the file away with those beside it (-wal, -shm): %s", p.path, rebuilt)
	case lib.SQLITE_FULL:
		return fmt.Sprintf("The disk that holds %s is full. Make room there", p.path)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Sprintf("Another program holds the database file %s. End it, a backup or an sqlite3 shell perhaps", p.path)
	case lib.SQLITE_IOERR:
		return fmt.Sprintf("The disk that holds %s fails or is full. See what the system's log says about it", p.path)
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		return p.closed()
	}
	return ""
}

// closed is for a file or folder that our user may not write to.
func (p place) closed() string {
	return fmt.Sprintf("The user %s may not write to the database file %s, or not to its folder %s, where SQLite puts files beside it. Make both that user's own", userName(), p.path, filepath.Dir(p.path))
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint(os.Geteuid())
}

// sqliteCode is SQLite's result code; 0 if it is no error of SQLite's.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
