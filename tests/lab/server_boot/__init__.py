"""A server of the AWS stack on a lab host: its boot script, real Podman and Nginx, and a stand-in for Amazon."""
