package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	patience  = 2 * time.Second
	authority = "/etc/archive/database-ca.pem"
	media     = "/run/archive-media"
)

// grace is what the real web server gives its requests when it is told to stop.
const grace = 20 * time.Second

// serve answers every path with what the request was; three endings are special:
//
//	.../may                       what this process may do, and the SHA-256 of each variable of its environment
//	.../reach?url=URL&method=PUT  whether this container reaches an address: {"status": 200} or {"error": "..."}
//	.../slow?for=12s              the same as every path, after a while
func serve(told context.Context, address string) error {
	handler := http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		var said any
		query := request.URL.Query()
		switch path := request.URL.Path; {
		case strings.HasSuffix(path, "/may"):
			said = may()
		case strings.HasSuffix(path, "/reach"):
			said = reach(query.Get("method"), query.Get("url"))
		default:
			if strings.HasSuffix(path, "/slow") {
				wait, err := time.ParseDuration(query.Get("for"))
				if err != nil {
					http.Error(answer, err.Error(), http.StatusBadRequest)
					return
				}
				fmt.Println("answers after", wait)
				time.Sleep(wait)
			}
			said = map[string]any{
				"service": os.Getenv("ARCHIVE_MOUNT"),
				"path":    path,
				"headers": request.Header,
				"host":    request.Host,
			}
		}
		answer.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(answer).Encode(said)
	})
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: patience}
	finished := make(chan error, 1)
	go func() {
		<-told.Done()
		limit, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		finished <- server.Shutdown(limit)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return <-finished
}

func may() map[string]any {
	environment := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		environment[name] = fmt.Sprintf("%x", sha256.Sum256([]byte(value)))
	}
	status := status()
	return map[string]any{
		"environment":  environment,
		"user":         os.Getuid(),
		"capabilities": map[string]string{"effective": status["CapEff"], "bounding": status["CapBnd"]},
		"noNewPrivs":   status["NoNewPrivs"],
		"write": map[string]string{
			"/":                write("/"),
			"/tmp":             write("/tmp"),
			"/var/lib/archive": write("/var/lib/archive"),
		},
		"read": map[string]string{authority: read(authority)},
		"media": map[string]string{
			"settings": read(os.Getenv("AWS_CONFIG_FILE")),
			"key":      key(media + "/credentials.json"),
			"write":    write(media),
		},
	}
}

// key is the part of credentials that is no secret, or why they cannot be read.
func key(path string) string {
	told, err := os.ReadFile(path)
	if err != nil {
		return reason(err)
	}
	var known struct {
		Version                                                int
		AccessKeyId, SecretAccessKey, SessionToken, Expiration string
	}
	if err := json.Unmarshal(told, &known); err != nil {
		return reason(err)
	}
	if known.Version != 1 || known.SecretAccessKey == "" || known.SessionToken == "" || known.Expiration == "" {
		return "something is missing in " + path
	}
	return known.AccessKeyId
}

func status() map[string]string {
	found := map[string]string{}
	told, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return found
	}
	for _, line := range strings.Split(string(told), "\n") {
		name, value, _ := strings.Cut(line, ":")
		found[name] = strings.TrimSpace(value)
	}
	return found
}

// write says why no file can be made in a folder, in the kernel's words; nothing when one can.
func write(folder string) string {
	file, err := os.CreateTemp(folder, "probe")
	if err != nil {
		return reason(err)
	}
	file.Close()
	return reason(os.Remove(file.Name()))
}

func read(path string) string {
	_, err := os.ReadFile(path)
	return reason(err)
}

func reason(err error) string {
	var number syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &number):
		return number.Error()
	}
	return err.Error()
}

// reach asks as the metadata service is asked for a token; others do not mind the header.
func reach(method, url string) map[string]any {
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	request.Header.Set("X-aws-ec2-metadata-token-ttl-seconds", "60")
	client := http.Client{Timeout: patience}
	answer, err := client.Do(request)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	answer.Body.Close()
	return map[string]any{"status": answer.StatusCode}
}
