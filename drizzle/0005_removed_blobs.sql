-- A task takes its files along however it goes: by hand, by retention, by a restore.
CREATE TRIGGER `artifacts_delete` AFTER DELETE ON `artifacts`
BEGIN
	INSERT OR IGNORE INTO `removed_blobs` (`id`) VALUES (OLD.`id`);
END;
--> statement-breakpoint
CREATE TRIGGER `uploads_delete` AFTER DELETE ON `uploads`
BEGIN
	INSERT OR IGNORE INTO `removed_blobs` (`id`) VALUES (OLD.`id`);
END;
