"""What animals do with things and people, as Beats; reads Events and the SceneDraft."""
