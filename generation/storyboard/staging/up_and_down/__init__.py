"""Up and down: stairs, slopes, fences and walls, jumps and falls, as Beats; reads Events and the SceneDraft."""
