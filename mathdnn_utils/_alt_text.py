"""Put the alternative text of a picture on its image node when myst-nb renders a notebook.

`figures.show` stores the alternative text in the output's metadata, where myst-nb does not look for it.
"""


class AltTextRenderer:
    """Renderer of the entry point group ``myst_nb.mime_renderers``: PNG outputs get their alternative text.

    A picture without one gives a warning, which fails a build that treats warnings as errors.
    """

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Render one output of a cell, or leave it to myst-nb.

        Parameters
        ----------
        renderer : myst_nb.core.render.NbElementRenderer
            What renders the other outputs of the notebook.
        data : myst_nb.core.render.MimeData
            The output.
        inline : bool
            Whether the output stands inside a line of text. The alternative text is the same.

        Returns
        -------
        list of docutils.nodes.Element or None
            The image node with its ``alt``, or None: myst-nb renders the output itself.
        """
        if data.mime_type != "image/png":
            return None
        alt = data.output_metadata.get("image/png", {}).get("alt")
        if not isinstance(alt, str) or not alt.strip():
            renderer.logger.warning(
                "a picture has no alternative text; show it with mathdnn_utils.figures.show(fig, alt=...)",
                subtype="alt",
                line=data.line,
            )
            return None
        image, *others = renderer.render_image(data)
        image["alt"] = alt
        return [image, *others]
