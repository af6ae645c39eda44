#!/usr/bin/env bash
# Written by `pulumi up`; another release or another setting is another server.
# What a server does when it starts for the first time. Run again, it changes nothing that is as it should be.
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive

changed=()

say() {
    printf 'archive: %s\n' "$*"
}

# Run a command that may fail for a moment: networks and registries are not there at once.
attempt() {
    local try
    for try in 1 2 3 4 5 6; do
        "$@" && return 0
        say "$1 failed (attempt $try of 6)"
        sleep $((try * 5))
    done
    return 1
}

# Install what is missing of these packages.
packages() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "install ${missing[*]}"
    attempt apt-get -qq -o DPkg::Lock::Timeout=300 update
    attempt apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}" >/dev/null
}

# put PATH MODE [UNIT...]: make a file what standard input is. The units that read it are started anew if it was another.
put() {
    local path=$1 mode=$2 new
    shift 2
    install -d "$(dirname "$path")"
    new=$(mktemp "$path.XXXXXX")
    cat >"$new"
    chmod "$mode" "$new"
    if cmp --silent "$new" "$path"; then
        rm "$new"
        return 0
    fi
    mv "$new" "$path"
    say "write $path"
    changed+=("$@")
}

# fetch URL PATH: the file at the URL, which has to hold certificates.
fetch() {
    local new
    new=$(mktemp)
    attempt curl --fail --silent --show-error --location --max-time 30 --output "$new" "$1"
    if ! openssl x509 -noout -in "$new" 2>/dev/null; then
        say "$1 holds no certificate: set archive:database.certificates to where AWS' are"
        rm "$new"
        return 1
    fi
    put "$2" 0644 <"$new"
    rm "$new"
}

# A certificate that nobody has to trust: the load balancer encrypts, and checks no name.
certificate() {
    [ ! -s "$1.key" ] || [ ! -s "$1.crt" ] || return 0
    say "make $1.crt"
    install -d "$(dirname "$1")"
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj /CN=game-archive -keyout "$1.key" -out "$1.crt" 2>/dev/null)
}

# Start units, and those anew whose files changed.
run() {
    local unit failed=0
    systemctl daemon-reload
    for unit in "${changed[@]}"; do
        ! systemctl --quiet is-active "$unit" || systemctl stop "$unit"
    done
    # What Quadlet makes is started by its own [Install]
    systemctl --quiet enable archive-media.timer archive-secrets.service nginx.service
    systemctl start "$@" || true
    for unit in "$@"; do
        systemctl --quiet is-active "$unit" && continue
        failed=1
        say "$unit does not run, and is tried again:"
        journalctl --no-pager --lines 20 --unit "$unit"
    done
    [ $failed -eq 0 ] && say "the services run"
}

packages aardvark-dns amazon-ecr-credential-helper curl iptables netavark nginx openssl podman python3-boto3 unattended-upgrades
fetch https://truststore.example.com/bundle.pem /etc/archive/database-ca.pem
certificate /etc/archive/server
put /etc/archive/registries.json 0644 <<'ARCHIVE_END'
{"credHelpers": {"123456789012.dkr.ecr.ap-northeast-2.amazonaws.com": "ecr-login"}}
ARCHIVE_END
# Versions of the parameters: home=1 auth=1 news=1 guides=1 qa=1
put /usr/local/sbin/archive-secrets 0755 archive-secrets.service <<'ARCHIVE_END'
"""Fetch what only this server's services may know, into files in memory: /run is never written to a disk.

Podman keeps a container's environment with it, for root alone: that is why the server's disk is encrypted.

archive-secrets REGION SERVICE=PARAMETER...: each parameter of Systems Manager is a JSON object of variables.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

AT_ONCE = 10  # GetParameters takes no more


def main(region: str, *wanted: str) -> None:
    services = dict(word.split("=", 1) for word in wanted)
    found: dict[str, str] = {}
    client = import_module("boto3").client("ssm", region_name=region)  # of the server's own Python
    names = sorted(set(services.values()))
    for start in range(0, len(names), AT_ONCE):
        answer = client.get_parameters(Names=names[start : start + AT_ONCE], WithDecryption=True)
        if answer["InvalidParameters"]:
            sys.exit("archive-secrets: there are no parameters " + ", ".join(answer["InvalidParameters"]))
        found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}
    folder = Path(os.environ["RUNTIME_DIRECTORY"])
    for service, name in services.items():
        lines = [f"{variable}={value}\n" for variable, value in json.loads(found[name]).items()]
        new = folder / f"{service}.env.new"
        new.touch(mode=0o600)
        new.write_text("".join(lines), encoding="utf-8")
        new.replace(folder / f"{service}.env")


if __name__ == "__main__":
    main(*sys.argv[1:])
ARCHIVE_END
put /etc/systemd/system/archive-secrets.service 0644 archive-secrets.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: fetch the services' secrets
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
RuntimeDirectory=archive
RuntimeDirectoryMode=0700
ExecStart=/usr/bin/python3 /usr/local/sbin/archive-secrets ap-northeast-2 home=servers-home-0a1b2c3 auth=servers-auth-0a1b2c3 news=servers-news-0a1b2c3 guides=servers-guides-0a1b2c3 qa=servers-qa-0a1b2c3

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/archive/media.conf 0644 archive-news-migrate.service archive-news.service archive-news-worker.service archive-guides-migrate.service archive-guides.service archive-guides-worker.service archive-qa-migrate.service archive-qa.service archive-qa-worker.service <<'ARCHIVE_END'
[default]
region = ap-northeast-2
credential_process = python -c "print(open('/run/archive-media/credentials.json').read())"
ARCHIVE_END
put /usr/local/sbin/archive-media 0755 <<'ARCHIVE_END'
"""Take on the role of each board's pictures, and leave its credentials where the board's containers read them.

The folder is root's alone, in memory. A container sees its own board's part of it, and reads it as whoever it runs as.

archive-media REGION BOARD=ROLE...: each role by its ARN.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

SECONDS = 3600  # the longest for which a role takes on another one (IAM User Guide, "Role chaining")


def main(region: str, *wanted: str) -> None:
    roles = dict(word.split("=", 1) for word in wanted)
    folders = {board: Path(os.environ["RUNTIME_DIRECTORY"]) / board for board in roles}
    for folder in folders.values():  # before anything can fail: without it the board's containers do not start
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    # Of the server's own Python
    config = import_module("botocore.config").Config(
        connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 3}
    )
    client = import_module("boto3").client("sts", region_name=region, config=config)
    errors = import_module("botocore.exceptions")
    failed: list[str] = []
    for board, role in roles.items():
        try:
            taken = client.assume_role(RoleArn=role, RoleSessionName=board, DurationSeconds=SECONDS)["Credentials"]
        except (errors.ClientError, errors.BotoCoreError) as error:
            failed.append(f"archive-media: {board} keeps what it has: {error}")
        else:
            keep(folders[board] / "credentials.json", taken)
    if failed:
        sys.exit("\n".join(failed))


def keep(file: Path, taken: dict[str, Any]) -> None:
    """As a `credential_process` prints them (AWS SDKs and Tools Reference Guide, "Process credential provider")."""
    known = {name: taken[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}
    new = file.with_name(f"{file.name}.new")
    new.write_text(json.dumps({"Version": 1, **known, "Expiration": taken["Expiration"].isoformat()}))
    new.chmod(0o644)
    new.replace(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
ARCHIVE_END
put /etc/systemd/system/archive-media.service 0644 archive-media.timer <<'ARCHIVE_END'
[Unit]
Description=Game Archive: take on the roles of the boards' pictures
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
Restart=on-failure
RestartSec=30
TimeoutStartSec=120
RuntimeDirectory=archive-media
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
Environment=AWS_STS_REGIONAL_ENDPOINTS=regional
ExecStart=/usr/bin/python3 /usr/local/sbin/archive-media ap-northeast-2 news=arn:aws:iam::123456789012:role/game-archive/prod/servers-media-news-0a1b2c3 guides=arn:aws:iam::123456789012:role/game-archive/prod/servers-media-guides-0a1b2c3 qa=arn:aws:iam::123456789012:role/game-archive/prod/servers-media-qa-0a1b2c3
ARCHIVE_END
put /etc/systemd/system/archive-media.timer 0644 archive-media.timer <<'ARCHIVE_END'
[Unit]
Description=Game Archive: renew the credentials of the boards' pictures

[Timer]
OnCalendar=*:0/20

[Install]
WantedBy=timers.target
ARCHIVE_END
put /etc/archive/home.env 0644 archive-home-migrate.service archive-home.service archive-home-worker.service <<'ARCHIVE_END'
ARCHIVE_ENVIRONMENT=production
ARCHIVE_SITE=home=/ auth=/auth news=/news guides=/guides qa=/qa
ARCHIVE_TITLES={"auth": "회원", "guides": "공략", "home": "홈", "news": "뉴스", "qa": "Q&A"}
ARCHIVE_MOUNT=home
ARCHIVE_PUBLIC_URL=https://archive.example.com
ARCHIVE_ORIGINS=home=http://home:8080 auth=http://auth:8080 news=http://news:8080 guides=http://guides:8080 qa=http://qa:8080
ARCHIVE_TRUSTED_PROXIES=1
ARCHIVE_DATA_DIR=/var/lib/archive
ARCHIVE_LOG_FORMAT=json
ARCHIVE_LOG_LEVEL=INFO
ARCHIVE_END
put /etc/archive/auth.env 0644 archive-auth-migrate.service archive-auth.service archive-auth-worker.service <<'ARCHIVE_END'
ARCHIVE_ENVIRONMENT=production
ARCHIVE_SITE=home=/ auth=/auth news=/news guides=/guides qa=/qa
ARCHIVE_TITLES={"auth": "회원", "guides": "공략", "home": "홈", "news": "뉴스", "qa": "Q&A"}
ARCHIVE_MOUNT=auth
ARCHIVE_PUBLIC_URL=https://archive.example.com
ARCHIVE_ORIGINS=home=http://home:8080 auth=http://auth:8080 news=http://news:8080 guides=http://guides:8080 qa=http://qa:8080
ARCHIVE_TRUSTED_PROXIES=1
ARCHIVE_DATA_DIR=/var/lib/archive
ARCHIVE_LOG_FORMAT=json
ARCHIVE_LOG_LEVEL=INFO
ARCHIVE_END
put /etc/archive/news.env 0644 archive-news-migrate.service archive-news.service archive-news-worker.service <<'ARCHIVE_END'
ARCHIVE_ENVIRONMENT=production
ARCHIVE_SITE=home=/ auth=/auth news=/news guides=/guides qa=/qa
ARCHIVE_TITLES={"auth": "회원", "guides": "공략", "home": "홈", "news": "뉴스", "qa": "Q&A"}
ARCHIVE_MOUNT=news
ARCHIVE_PUBLIC_URL=https://archive.example.com
ARCHIVE_ORIGINS=home=http://home:8080 auth=http://auth:8080 news=http://news:8080 guides=http://guides:8080 qa=http://qa:8080
ARCHIVE_TRUSTED_PROXIES=1
ARCHIVE_DATA_DIR=/var/lib/archive
ARCHIVE_LOG_FORMAT=json
ARCHIVE_LOG_LEVEL=INFO
ARCHIVE_END
put /etc/archive/guides.env 0644 archive-guides-migrate.service archive-guides.service archive-guides-worker.service <<'ARCHIVE_END'
ARCHIVE_ENVIRONMENT=production
ARCHIVE_SITE=home=/ auth=/auth news=/news guides=/guides qa=/qa
ARCHIVE_TITLES={"auth": "회원", "guides": "공략", "home": "홈", "news": "뉴스", "qa": "Q&A"}
ARCHIVE_MOUNT=guides
ARCHIVE_PUBLIC_URL=https://archive.example.com
ARCHIVE_ORIGINS=home=http://home:8080 auth=http://auth:8080 news=http://news:8080 guides=http://guides:8080 qa=http://qa:8080
ARCHIVE_TRUSTED_PROXIES=1
ARCHIVE_DATA_DIR=/var/lib/archive
ARCHIVE_LOG_FORMAT=json
ARCHIVE_LOG_LEVEL=INFO
ARCHIVE_END
put /etc/archive/qa.env 0644 archive-qa-migrate.service archive-qa.service archive-qa-worker.service <<'ARCHIVE_END'
ARCHIVE_ENVIRONMENT=production
ARCHIVE_SITE=home=/ auth=/auth news=/news guides=/guides qa=/qa
ARCHIVE_TITLES={"auth": "회원", "guides": "공략", "home": "홈", "news": "뉴스", "qa": "Q&A"}
ARCHIVE_MOUNT=qa
ARCHIVE_PUBLIC_URL=https://archive.example.com
ARCHIVE_ORIGINS=home=http://home:8080 auth=http://auth:8080 news=http://news:8080 guides=http://guides:8080 qa=http://qa:8080
ARCHIVE_TRUSTED_PROXIES=1
ARCHIVE_DATA_DIR=/var/lib/archive
ARCHIVE_LOG_FORMAT=json
ARCHIVE_LOG_LEVEL=INFO
ARCHIVE_END
put /etc/archive/fluent-bit.conf 0644 archive-logs.service <<'ARCHIVE_END'
[SERVICE]
    Flush         2
    Log_Level     warn

[INPUT]
    Name            systemd
    Path            /var/log/journal
    Tag             *
    DB              /state/journal.db
    Read_From_Tail  Off

[OUTPUT]
    Name               cloudwatch_logs
    Match              *
    region             ap-northeast-2
    log_group_name     servers-0a1b2c3
    log_stream_prefix  ${HOSTNAME}/
    log_key            MESSAGE
    auto_create_group  Off
ARCHIVE_END
put /etc/containers/systemd/archive.network 0644 archive-network.service <<'ARCHIVE_END'
[Network]
NetworkName=archive
ARCHIVE_END
put /etc/containers/systemd/archive-logs.container 0644 archive-logs.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: send the journal to CloudWatch
After=network-online.target
Wants=network-online.target

[Container]
Image=public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.14
ContainerName=logs
Network=host
Volume=/etc/archive/fluent-bit.conf:/fluent-bit/etc/fluent-bit.conf:ro
Volume=/var/log/journal:/var/log/journal:ro
Volume=archive-logs:/state
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough

[Service]
Restart=always
RestartSec=10
TimeoutStartSec=600

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-home-migrate.container 0644 archive-home-migrate.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: migrations of 홈
Wants=network-online.target archive-secrets.service
After=network-online.target archive-secrets.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/home:1.4.0
ContainerName=home-migrate
Exec=python -m archive_chassis.migrate home
Network=archive.network
EnvironmentFile=/etc/archive/home.env
EnvironmentFile=/run/archive/home.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-home:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-home.container 0644 archive-home.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: 홈
Wants=network-online.target archive-home-migrate.service
After=network-online.target archive-home-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/home:1.4.0
ContainerName=home
Exec=python -m archive_chassis.serve --host 0.0.0.0 --port 8080 --workers 2
Network=archive.network
PublishPort=127.0.0.1:8081:8080
EnvironmentFile=/etc/archive/home.env
EnvironmentFile=/run/archive/home.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-home:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-home-worker.container 0644 archive-home-worker.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: worker of 홈
Wants=network-online.target archive-home-migrate.service
After=network-online.target archive-home-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/home:1.4.0
ContainerName=home-worker
Exec=python -m archive_chassis.worker
Network=archive.network
EnvironmentFile=/etc/archive/home.env
EnvironmentFile=/run/archive/home.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-home:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-auth-migrate.container 0644 archive-auth-migrate.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: migrations of 회원
Wants=network-online.target archive-secrets.service
After=network-online.target archive-secrets.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/auth:1.4.0
ContainerName=auth-migrate
Exec=python -m archive_chassis.migrate auth
Network=archive.network
EnvironmentFile=/etc/archive/auth.env
EnvironmentFile=/run/archive/auth.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-auth:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-auth.container 0644 archive-auth.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: 회원
Wants=network-online.target archive-auth-migrate.service
After=network-online.target archive-auth-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/auth:1.4.0
ContainerName=auth
Exec=python -m archive_chassis.serve --host 0.0.0.0 --port 8080 --workers 2
Network=archive.network
PublishPort=127.0.0.1:8082:8080
EnvironmentFile=/etc/archive/auth.env
EnvironmentFile=/run/archive/auth.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-auth:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-auth-worker.container 0644 archive-auth-worker.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: worker of 회원
Wants=network-online.target archive-auth-migrate.service
After=network-online.target archive-auth-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/auth:1.4.0
ContainerName=auth-worker
Exec=python -m archive_chassis.worker
Network=archive.network
EnvironmentFile=/etc/archive/auth.env
EnvironmentFile=/run/archive/auth.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-auth:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-news-migrate.container 0644 archive-news-migrate.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: migrations of 뉴스
Wants=network-online.target archive-secrets.service archive-media.service
After=network-online.target archive-secrets.service archive-media.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/news:1.4.0
ContainerName=news-migrate
Exec=python -m archive_chassis.migrate news
Network=archive.network
EnvironmentFile=/etc/archive/news.env
EnvironmentFile=/run/archive/news.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-news:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-news.container 0644 archive-news.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: 뉴스
Wants=network-online.target archive-news-migrate.service
After=network-online.target archive-news-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/news:1.4.0
ContainerName=news
Exec=python -m archive_chassis.serve --host 0.0.0.0 --port 8080 --workers 2
Network=archive.network
PublishPort=127.0.0.1:8083:8080
Environment=AWS_CONFIG_FILE=/etc/archive/media.conf
Volume=/etc/archive/media.conf:/etc/archive/media.conf:ro
Volume=/run/archive-media/news:/run/archive-media:ro
EnvironmentFile=/etc/archive/news.env
EnvironmentFile=/run/archive/news.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-news:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-news-worker.container 0644 archive-news-worker.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: worker of 뉴스
Wants=network-online.target archive-news-migrate.service
After=network-online.target archive-news-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/news:1.4.0
ContainerName=news-worker
Exec=python -m archive_chassis.worker
Network=archive.network
Environment=AWS_CONFIG_FILE=/etc/archive/media.conf
Volume=/etc/archive/media.conf:/etc/archive/media.conf:ro
Volume=/run/archive-media/news:/run/archive-media:ro
EnvironmentFile=/etc/archive/news.env
EnvironmentFile=/run/archive/news.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-news:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-guides-migrate.container 0644 archive-guides-migrate.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: migrations of 공략
Wants=network-online.target archive-secrets.service archive-media.service
After=network-online.target archive-secrets.service archive-media.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/guides:1.4.0
ContainerName=guides-migrate
Exec=python -m archive_chassis.migrate guides
Network=archive.network
EnvironmentFile=/etc/archive/guides.env
EnvironmentFile=/run/archive/guides.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-guides:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-guides.container 0644 archive-guides.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: 공략
Wants=network-online.target archive-guides-migrate.service
After=network-online.target archive-guides-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/guides:1.4.0
ContainerName=guides
Exec=python -m archive_chassis.serve --host 0.0.0.0 --port 8080 --workers 2
Network=archive.network
PublishPort=127.0.0.1:8084:8080
Environment=AWS_CONFIG_FILE=/etc/archive/media.conf
Volume=/etc/archive/media.conf:/etc/archive/media.conf:ro
Volume=/run/archive-media/guides:/run/archive-media:ro
EnvironmentFile=/etc/archive/guides.env
EnvironmentFile=/run/archive/guides.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-guides:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-guides-worker.container 0644 archive-guides-worker.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: worker of 공략
Wants=network-online.target archive-guides-migrate.service
After=network-online.target archive-guides-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/guides:1.4.0
ContainerName=guides-worker
Exec=python -m archive_chassis.worker
Network=archive.network
Environment=AWS_CONFIG_FILE=/etc/archive/media.conf
Volume=/etc/archive/media.conf:/etc/archive/media.conf:ro
Volume=/run/archive-media/guides:/run/archive-media:ro
EnvironmentFile=/etc/archive/guides.env
EnvironmentFile=/run/archive/guides.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-guides:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-qa-migrate.container 0644 archive-qa-migrate.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: migrations of Q&A
Wants=network-online.target archive-secrets.service archive-media.service
After=network-online.target archive-secrets.service archive-media.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/qa:1.4.0
ContainerName=qa-migrate
Exec=python -m archive_chassis.migrate qa
Network=archive.network
EnvironmentFile=/etc/archive/qa.env
EnvironmentFile=/run/archive/qa.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-qa:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-qa.container 0644 archive-qa.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: Q&A
Wants=network-online.target archive-qa-migrate.service
After=network-online.target archive-qa-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/qa:1.4.0
ContainerName=qa
Exec=python -m archive_chassis.serve --host 0.0.0.0 --port 8080 --workers 2
Network=archive.network
PublishPort=127.0.0.1:8085:8080
Environment=AWS_CONFIG_FILE=/etc/archive/media.conf
Volume=/etc/archive/media.conf:/etc/archive/media.conf:ro
Volume=/run/archive-media/qa:/run/archive-media:ro
EnvironmentFile=/etc/archive/qa.env
EnvironmentFile=/run/archive/qa.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-qa:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/containers/systemd/archive-qa-worker.container 0644 archive-qa-worker.service <<'ARCHIVE_END'
[Unit]
Description=Game Archive: worker of Q&A
Wants=network-online.target archive-qa-migrate.service
After=network-online.target archive-qa-migrate.service

[Container]
Image=123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/game-archive/qa:1.4.0
ContainerName=qa-worker
Exec=python -m archive_chassis.worker
Network=archive.network
Environment=AWS_CONFIG_FILE=/etc/archive/media.conf
Volume=/etc/archive/media.conf:/etc/archive/media.conf:ro
Volume=/run/archive-media/qa:/run/archive-media:ro
EnvironmentFile=/etc/archive/qa.env
EnvironmentFile=/run/archive/qa.env
Volume=/etc/archive/database-ca.pem:/etc/archive/database-ca.pem:ro
Volume=archive-qa:/var/lib/archive
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough
PodmanArgs=--memory=384m --cpus=1 --pids-limit=256
PodmanArgs=--stop-timeout=30

[Service]
Restart=always
RestartSec=5
Environment=REGISTRY_AUTH_FILE=/etc/archive/registries.json
TimeoutStartSec=600
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
ARCHIVE_END
put /etc/systemd/system/nginx.service.d/archive.conf 0644 nginx.service <<'ARCHIVE_END'
[Service]
Restart=always
RestartSec=5
ARCHIVE_END
put /etc/nginx/nginx.conf 0644 nginx.service <<'ARCHIVE_END'
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log stderr warn;

events {
    worker_connections 4096;
}

http {
    access_log off;  # every service logs its own requests, with their ids
    server_tokens off;
    default_type application/octet-stream;
    client_max_body_size 12m;
    keepalive_timeout 75s;  # longer than the load balancer's 60 s, or it meets connections that are being closed

    gzip on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_vary on;
    gzip_types text/css text/plain text/javascript application/javascript application/json
               application/problem+json application/feed+json application/atom+xml application/rss+xml
               image/svg+xml;

    # The load balancer adds the visitor's address as the last one; what stands before it is what the visitor claims
    set_real_ip_from 10.20.0.0/16;
    real_ip_header X-Forwarded-For;

    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Prefix "";
    proxy_connect_timeout 5s;
    proxy_read_timeout 60s;

    server {
        listen 8443 ssl;
        server_name _;
        ssl_certificate /etc/archive/server.crt;
        ssl_certificate_key /etc/archive/server.key;
        ssl_protocols TLSv1.2 TLSv1.3;

        # What services tell each other and what measures them is not for visitors.
        location ~ ^(?:|/auth|/news|/guides|/qa)/(?:internal|metrics)(?:/|$) {
            return 404;
        }

        location / {
            proxy_pass http://127.0.0.1:8081;
        }

        location = /auth {
            proxy_pass http://127.0.0.1:8082;
        }

        location /auth/ {
            proxy_pass http://127.0.0.1:8082;
        }

        location = /news {
            proxy_pass http://127.0.0.1:8083;
        }

        location /news/ {
            proxy_pass http://127.0.0.1:8083;
        }

        location = /guides {
            proxy_pass http://127.0.0.1:8084;
        }

        location /guides/ {
            proxy_pass http://127.0.0.1:8084;
        }

        location = /qa {
            proxy_pass http://127.0.0.1:8085;
        }

        location /qa/ {
            proxy_pass http://127.0.0.1:8085;
        }
    }
}
ARCHIVE_END
run archive-secrets.service archive-media.timer archive-logs.service archive-home-migrate.service archive-home.service archive-home-worker.service archive-auth-migrate.service archive-auth.service archive-auth-worker.service archive-news-migrate.service archive-news.service archive-news-worker.service archive-guides-migrate.service archive-guides.service archive-guides-worker.service archive-qa-migrate.service archive-qa.service archive-qa-worker.service nginx.service
