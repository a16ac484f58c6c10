"""What things do that are a caption's subject, as Beats; reads Events and the SceneDraft."""
