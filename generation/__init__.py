"""From words to clips: sources, chat models, filters, annotation, storyboard and diffusion backends, plan and workers."""
