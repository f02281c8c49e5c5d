CREATE TABLE `discord_messages` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task_seq` integer NOT NULL,
	`purpose` text NOT NULL,
	`channel_id` text NOT NULL,
	`token` text,
	`token_expires_at` integer,
	`file_bytes` integer NOT NULL,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `discord_messages_by_task` ON `discord_messages` (`task_seq`);--> statement-breakpoint
CREATE INDEX `discord_messages_expiring` ON `discord_messages` (`token_expires_at`) WHERE token IS NOT NULL;