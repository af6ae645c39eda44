"""The JSON API that a service may have below `/api/v1`: same rules as its pages, for its members' own programs.

operations.py     Api: an operation is declared beside its view function. What most services need is here
models.py         base classes and field types of what operations take and give
reading.py        JSON bodies and query parameters, with nothing let through that a model does not name
preconditions.py  If-Match and Idempotency-Key
problems.py       what is refused, beyond `archive_chassis.errors`
document.py       the OpenAPI 3.1 document, made from the declarations
page.py           the page to read it, words.py its words for a schema
bearer.py         who shows which token
revocation.py     tokens that were revoked before their time
"""
