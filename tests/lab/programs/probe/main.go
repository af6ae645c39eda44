// Command probe is both ends of a network test in one small image.
//
//	probe [serve [ADDRESS]]   answer every HTTP request with this host's name; ADDRESS is :8080 if not given
//	probe get URL             print the body of a 200 answer, within five seconds
//	probe lookup NAME         print the addresses of a name, one a line
//	probe connect HOST:PORT   open a TCP connection, within five seconds
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"syscall"
	"time"
)

const patience = 5 * time.Second

func main() {
	arguments := os.Args[1:]
	if len(arguments) == 0 {
		arguments = []string{"serve"}
	}
	if err := run(arguments); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	verb, operand := arguments[0], ""
	if len(arguments) > 1 {
		operand = arguments[1]
	}
	switch {
	case verb == "serve":
		if operand == "" {
			operand = ":8080"
		}
		return serve(operand)
	case operand == "":
		return fmt.Errorf("usage: probe serve [ADDRESS] | get URL | lookup NAME | connect HOST:PORT")
	case verb == "get":
		return get(operand)
	case verb == "lookup":
		return lookup(operand)
	case verb == "connect":
		connection, err := net.DialTimeout("tcp", operand, patience)
		if err != nil {
			return err
		}
		return connection.Close()
	}
	return fmt.Errorf("no such verb: %s", verb)
}

// serve answers until it is told to stop, and then lets requests under way end.
func serve(address string) error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	handler := http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(answer, name)
	})
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: patience}
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	finished := make(chan error, 1)
	go func() {
		<-told.Done()
		limit, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		finished <- server.Shutdown(limit)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return <-finished
}

func get(url string) error {
	client := http.Client{Timeout: patience}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

func lookup(name string) error {
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(limit, name)
	if err != nil {
		return err
	}
	sort.Strings(addresses)
	for _, address := range addresses {
		fmt.Println(address)
	}
	return nil
}
