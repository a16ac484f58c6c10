"""The svta.yaml that `svta init NAME` writes: every key with a comment, most of them commented out."""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
# The project file of a dataset. Commands find it beside their input or above the folder they run in; a flag on the
# command line wins over it. `svta info` shows every value and where it comes from. Remove a # before a line to set it.

name: {name}                  # begins the names of shards: {name}-train-00000.tar; letters, digits, - and _
title: {title}
# description: |
#   What is in the dataset, for whom, in a paragraph or two. It opens the card.
# authors: [Ada Lovelace, Charles Babbage]
# homepage: https://example.org/my-dataset
# contact: ada@example.org

# Licences by their SPDX names (https://spdx.org/licenses): CC-BY-4.0, CC-BY-NC-SA-4.0, CC0-1.0, MIT ...
# license: CC-BY-4.0          # of the dataset, and of captions and footage of yours that name none
# caption_license: CC-BY-4.0  # of captions that name none, if it is another one
# citation: |
#   @misc{{{key}, title = {{{title}}}, author = {{Lovelace, Ada}}, year = {{2026}}}}

# What the Hub asks people who want access; without it access is free. Kinds: text, checkbox, date_picker, country.
# gate:
#   text: By asking for access you agree to use the clips for research alone.
#   fields: {{Affiliation: text, I agree: checkbox}}
# language: [en]

# Files, relative to this one.
# taxonomy: taxonomy.json          # your categories; `svta info --categories --json` prints the built-in ones
# lexicon: lexicon.yaml            # nouns for the storyboard
# choreography: choreography.json  # what happens in your categories

# What may be done with your own sources and models, where their rows or the licences above do not say it.
# rights:
#   - {{name: my-captions, kind: source, licence: CC-BY-4.0}}
#   - {{name: my-org/my-chat-model, kind: chat, licence: Apache-2.0}}

# Of generated clips, and of the dataset.
# num_frames: 33
# fps: 16
# height: 192
# width: 320
# splits: "7:1:2"
"""


def project_text(name: str) -> str:
    """The commented project file of a new project."""
    title = name.replace("-", " ").replace("_", " ").capitalize()
    key = "".join(character for character in name.lower() if character.isalnum()) or "dataset"
    return TEMPLATE.format(name=name, title=title, key=f"{key}2026")
