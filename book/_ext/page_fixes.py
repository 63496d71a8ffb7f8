"""Small repairs of what other extensions write into the pages."""

from pathlib import Path

from docutils import nodes

REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={target}">
<link rel="icon" href="_static/favicon.svg" type="image/svg+xml">
</head>
<body><h1>{title}</h1><p><a href="{target}">Open the book</a></p></body>
</html>
"""

REPEATED = (["proof-content"], ["exercise-content"], ["solution-content"])


def make_ids_unique(app, document):
    """sphinx-proof and sphinx-exercise give the body of every theorem, exercise and solution one and the same id.

    The body keeps an id, which Sphinx asks for when it numbers sections. A proof gets a class of its own, "argument",
    since the class "proof" is also that of theorems.
    """
    for body in document.findall(nodes.section):
        if body["ids"] in REPEATED:
            body["ids"] = [f"{body.parent['ids'][0]}-content"]
    for proof in document.findall(nodes.admonition):
        if proof["ids"] == ["proof"]:
            proof["ids"] = []
            proof["classes"].append("argument")


def write_redirect(app, exception):
    """Replace the redirect at the root by one that is a page: a language, a title, an icon, a link."""
    if exception is None and app.builder.format == "html" and app.config.root_doc != "index":
        target = app.builder.get_target_uri(app.config.root_doc)
        page = REDIRECT.format(title=app.config.html_title, target=target)
        Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def setup(app):
    app.connect("doctree-read", make_ids_unique, priority=100)
    app.connect("build-finished", write_redirect, priority=900)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
