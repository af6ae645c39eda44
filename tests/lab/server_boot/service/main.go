// Command service stands for every service of the community: it is called as their images' Python is.
//
//	python -m archive_chassis.serve ... --port PORT   answer HTTP; see serve.go
//	python -m archive_chassis.migrate NAME            count the call, and fail the first ARCHIVE_TEST_FAILURES times
//	python -m archive_chassis.worker                  wait to be stopped
//	python                                            read the journal as the log shipper does, and wait
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const journal = "/var/log/journal"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if len(arguments) == 0 {
		return ship(told)
	}
	if len(arguments) < 2 || arguments[0] != "-m" {
		return fmt.Errorf("not called as a service's Python is: %q", arguments)
	}
	module, rest := arguments[1], arguments[2:]
	switch {
	case module == "archive_chassis.serve":
		port, err := option(rest, "--port")
		if err != nil {
			return err
		}
		return serve(told, ":"+port)
	case module == "archive_chassis.migrate" && len(rest) == 1:
		return migrate(rest[0])
	case module == "archive_chassis.worker" && len(rest) == 0:
		<-told.Done()
		return nil
	}
	return fmt.Errorf("no service has a module that is called so: %q", arguments)
}

func option(arguments []string, name string) (string, error) {
	for place, word := range arguments[:max(0, len(arguments)-1)] {
		if word == name {
			return arguments[place+1], nil
		}
	}
	return "", fmt.Errorf("%s is missing in %q", name, arguments)
}

// migrate keeps the number of its calls with the service's data, since nothing else outlives the container.
func migrate(name string) error {
	path := filepath.Join(os.Getenv("ARCHIVE_DATA_DIR"), "migrations")
	before := 0
	if told, err := os.ReadFile(path); err == nil {
		if before, err = strconv.Atoi(strings.TrimSpace(string(told))); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, fmt.Appendln(nil, before+1), 0o600); err != nil {
		return err
	}
	failures, _ := strconv.Atoi(os.Getenv("ARCHIVE_TEST_FAILURES"))
	if before < failures {
		return fmt.Errorf("migrations of %s fail as they were told to (call %d of %d)", name, before+1, failures)
	}
	fmt.Printf("schema of %s is new enough\n", name)
	return nil
}

// ship says whether it sees what the log shipper needs: its settings and every unit's words.
func ship(told context.Context) error {
	if _, err := os.ReadFile("/fluent-bit/etc/fluent-bit.conf"); err != nil {
		return err
	}
	files, err := filepath.Glob(journal + "/*/*.journal")
	if err != nil {
		return err
	}
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		file.Close()
	}
	if err := os.WriteFile("/state/journal.db", nil, 0o600); err != nil {
		return err
	}
	fmt.Printf("reads %d files of the journal\n", len(files))
	<-told.Done()
	return nil
}
