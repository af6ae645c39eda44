module quadlet

go 1.21

require github.com/containers/podman/v4 v4.9.5
