"""Mail: queued in the transaction that causes it, sent by the background process, kept until it has gone."""

from __future__ import annotations

import logging
import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from archive_chassis import clock
from archive_chassis.database import session
from archive_chassis.settings import Settings, SettingsError
from archive_chassis.tables import mail_queue

log = logging.getLogger(__name__)

BATCH = 20
MAX_ATTEMPTS = 8
TIMEOUT_S = 15


def enqueue(current: Session, recipient: str, subject: str, body: str) -> None:
    """Queue a plain-text mail. It is sent once `current` commits."""
    row = {"recipient": recipient, "subject": subject, "body": body, "attempts": 0, "due": clock.naive_now()}
    current.execute(insert(mail_queue).values(row))


def send_due() -> None:
    """Send what is due, each mail in a transaction of its own; what fails is tried again later, each time after longer.

    Two processes may both take a mail and send it twice; a mail that is never sent would be worse.
    """
    settings: Settings = current_app.extensions["archive_settings"]
    current = session()
    due = current.execute(select(mail_queue).where(mail_queue.c.due <= clock.naive_now()).limit(BATCH)).all()
    for row in due:
        message = _message(settings, row.recipient, row.subject, row.body)
        try:
            deliver(settings, message)
        except (OSError, smtplib.SMTPException) as error:
            _postpone(current, row.id, row.attempts + 1, error)
        else:
            current.execute(delete(mail_queue).where(mail_queue.c.id == row.id))
        current.commit()


def _postpone(current: Session, row_id: int, attempts: int, error: Exception) -> None:
    if attempts >= MAX_ATTEMPTS:
        log.error("mail %d is given up after %d attempts: %s", row_id, attempts, error)
        current.execute(delete(mail_queue).where(mail_queue.c.id == row_id))
        return
    log.warning("mail %d was not sent (attempt %d): %s", row_id, attempts, error)
    due = clock.naive_now() + timedelta(seconds=15 * 2**attempts)
    current.execute(update(mail_queue).where(mail_queue.c.id == row_id).values(attempts=attempts, due=due))


def deliver(settings: Settings, message: EmailMessage) -> None:
    """By SMTP where it is configured, else as an .eml file. OSError or SMTPException when that fails."""
    if settings.smtp_url is None:
        _write(settings, message)
        return
    url = urlsplit(settings.smtp_url.get_secret_value())
    context = ssl.create_default_context()
    host = url.hostname or ""
    if url.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_S, context=context)
    else:
        client = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT_S)
    with client:
        # A relay on the same host speaks plainly; anything further away must encrypt.
        if url.scheme == "smtp" and host not in ("127.0.0.1", "localhost", "::1"):
            client.starttls(context=context)
        if url.username:
            client.login(unquote(url.username), unquote(url.password or ""))
        client.send_message(message)


def _write(settings: Settings, message: EmailMessage) -> None:
    if settings.mail_dir is None:
        raise SettingsError("mail can go nowhere: set ARCHIVE_SMTP_URL, or ARCHIVE_MAIL_DIR for files")
    folder: Path = settings.mail_dir
    folder.mkdir(parents=True, exist_ok=True)
    name = clock.now().strftime("%Y%m%dT%H%M%S.%f") + f"-{message['Message-ID'].strip('<>').split('@')[0]}"
    part, whole = folder / f".{name}.part", folder / f"{name}.eml"
    part.write_bytes(message.as_bytes())
    part.chmod(0o600)
    part.rename(whole)


def _message(settings: Settings, recipient: str, subject: str, body: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=urlsplit(settings.public_url).hostname)
    message.set_content(body)
    return message
