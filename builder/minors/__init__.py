"""Goes in: a caption or a clip. Comes out: one judgement, whether a minor is depicted and what may not be shown.

Every stage that takes captions or clips from outside asks `judgement.judge_clip`; the rule is only here.
"""
