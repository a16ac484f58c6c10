"""Scene -> frames. In: a caption or Scene; out: uint8 frames, or a contact sheet of several scenes."""
