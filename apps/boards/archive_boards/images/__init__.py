"""Pictures that members upload for their posts and comments.

usage       which pictures a text shows
rendering   Markdown with this board's own pictures in it
uploading   a file becomes a picture with a name, or is refused
storing     where the files are: a folder, or a bucket
forgetting  the job that deletes what nothing shows

Only `uploading` needs the libraries that decode pictures: import it where it is used.
"""

from archive_boards.images.rendering import render, render_outside
from archive_boards.images.usage import is_own, use

__all__ = ["is_own", "render", "render_outside", "use"]
