package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"
)

// shutDatabase keeps the bot from writing for a while, as a backup or a vacuum does.
func (s *stage) shutDatabase(ctx context.Context, d time.Duration) error {
	driver, name := "pgx", s.database
	if path, is := strings.CutPrefix(s.database, "sqlite:"); is {
		driver, name = "sqlite", "file:"+path+"?_pragma=busy_timeout(3000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	begin := "BEGIN IMMEDIATE"
	if driver == "pgx" {
		begin = "BEGIN"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }() // the connection goes anyway
	if driver == "pgx" {
		if err := lockTables(ctx, conn); err != nil {
			return err
		}
	}
	pause(ctx, d)
	return nil
}

func lockTables(ctx context.Context, conn *sql.Conn) error {
	rows, err := conn.QueryContext(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		tables = append(tables, `"`+table+`"`)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", strings.Join(tables, ", ")))
	return err
}
