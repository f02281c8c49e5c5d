-- A database as version 0.1.0 wrote it, after drizzle/0001: what sqlite3's .dump says of it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (
				id SERIAL PRIMARY KEY,
				hash text NOT NULL,
				created_at numeric
			);
INSERT INTO __drizzle_migrations VALUES(NULL,'8255113d84d30992b6b5cb0753c5d5fee58db1d0026f392beac776dc070e09c1',1795423081748);
INSERT INTO __drizzle_migrations VALUES(NULL,'14a598381fe0e734853abd29c87a7570ec5c182d9ca2eda62cc966c953a95cf5',1795423082494);
CREATE TABLE `audit_entries` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`actor_role` text NOT NULL,
	`ip` text,
	`user_agent` text,
	`request_id` text,
	`action` text NOT NULL,
	`target` text,
	`task_id` text,
	`outcome` text NOT NULL,
	`detail` text NOT NULL,
	`prev_hash` text NOT NULL,
	`hash` text NOT NULL
);
INSERT INTO audit_entries VALUES(1,1800000000000,'system','system','system',NULL,NULL,NULL,'server.started',NULL,NULL,'success','{"version":"0.1.0"}','0000000000000000000000000000000000000000000000000000000000000000','bf97fc0d40ff3ba044789a9aea0adc5abe45ac2600d0e7be6b107845cf6b1fbc');
INSERT INTO audit_entries VALUES(2,1800000001000,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-1','task.submitted',NULL,'01890000-0000-7000-8000-000000000001','success','{"type":"command","command":"uname -s"}','bf97fc0d40ff3ba044789a9aea0adc5abe45ac2600d0e7be6b107845cf6b1fbc','df41fe995e15afb0874d5f9900e0c0bfcce74a9b9d98d633bfd4893dc5c07d59');
INSERT INTO audit_entries VALUES(3,1800000001500,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-1','worker.registered','mac',NULL,'success','{"workerId":"0190b3c0-0000-7000-8000-000000000001","generation":1,"hostname":"mac.local","platform":"darwin","version":"0.1.0","tags":["gpu"],"maxConcurrent":3,"kinds":["command","file-read","file-write","file-edit","file-list","claude-cli"]}','df41fe995e15afb0874d5f9900e0c0bfcce74a9b9d98d633bfd4893dc5c07d59','ec9966bde024176d4e159dbcf4ece78e1eb659d4abf0de030228d47a7772a622');
INSERT INTO audit_entries VALUES(4,1800000001500,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-1','task.claimed','mac','01890000-0000-7000-8000-000000000001','success','{"attempt":1}','ec9966bde024176d4e159dbcf4ece78e1eb659d4abf0de030228d47a7772a622','4fe33615422126816e09a469b25a18f1c6678f7999e9f1ee49463f6a36fb51c0');
INSERT INTO audit_entries VALUES(5,1800000002250,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','report-01','task.completed','mac','01890000-0000-7000-8000-000000000001','success','{"attempt":1,"exitCode":0,"signal":null,"outputBytes":{"stdout":7,"stderr":0}}','4fe33615422126816e09a469b25a18f1c6678f7999e9f1ee49463f6a36fb51c0','b9464c91f8fd028c2a73d67d41a380dd7c03f46d9f17ca31ccb21c5af2f2fad8');
INSERT INTO audit_entries VALUES(6,1800000003250,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-2','task.submitted',NULL,'01890000-0000-7000-8000-000000000002','success','{"type":"command","command":"make release","cwd":"~/work","env":{"STAGE":{"bytes":4,"sha256":"6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77"}}}','b9464c91f8fd028c2a73d67d41a380dd7c03f46d9f17ca31ccb21c5af2f2fad8','23059028c24640865aa58f7da81e31345eacec7308e5509cc7a5834d50f8a427');
INSERT INTO audit_entries VALUES(7,1800000003750,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-3','task.claimed','mac','01890000-0000-7000-8000-000000000002','success','{"attempt":1}','23059028c24640865aa58f7da81e31345eacec7308e5509cc7a5834d50f8a427','778cde2ced9722090b67765126199ed12e36bdb02c7dba6f9ac6c71cc2b20d0f');
INSERT INTO audit_entries VALUES(8,1800000004500,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','report-02','task.failed','mac','01890000-0000-7000-8000-000000000002','failure','{"attempt":1,"exitCode":2,"signal":null,"outputBytes":{"stdout":0,"stderr":32}}','778cde2ced9722090b67765126199ed12e36bdb02c7dba6f9ac6c71cc2b20d0f','08f9e8e12b887794bba7c1c5decb2bc608237f96ad9e16ae5ba37dd4e1cda55b');
INSERT INTO audit_entries VALUES(9,1800000005500,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-3','task.submitted',NULL,'01890000-0000-7000-8000-000000000003','success','{"type":"command","command":"sleep 60"}','08f9e8e12b887794bba7c1c5decb2bc608237f96ad9e16ae5ba37dd4e1cda55b','de7a59562fced3d2f22fa01a5066d97029cae3c494f9093394edb79662f000a4');
INSERT INTO audit_entries VALUES(10,1800000006000,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-5','task.claimed','mac','01890000-0000-7000-8000-000000000003','success','{"attempt":1}','de7a59562fced3d2f22fa01a5066d97029cae3c494f9093394edb79662f000a4','7de218d7052ee7f3ed71ddd0f911ed16d906b00c0beaf16554d25efe01e33bd9');
INSERT INTO audit_entries VALUES(11,1800000006750,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','report-03','task.timed_out','mac','01890000-0000-7000-8000-000000000003','failure','{"attempt":1,"exitCode":null,"signal":"SIGTERM","outputBytes":{"stdout":0,"stderr":0}}','7de218d7052ee7f3ed71ddd0f911ed16d906b00c0beaf16554d25efe01e33bd9','962cf01bb0f223d1492647a704c3df0da2082bb1f0bc7b201150d9ce325351bf');
INSERT INTO audit_entries VALUES(12,1800000007750,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-4','task.submitted',NULL,'01890000-0000-7000-8000-000000000004','success','{"type":"file-write","path":"~/notes/größe.txt","content":{"bytes":8,"sha256":"b8fb07e729d2c238732229327c1b0669dcb8a15705340409cbbed2a6995898e2"}}','962cf01bb0f223d1492647a704c3df0da2082bb1f0bc7b201150d9ce325351bf','6364628ff7fffee4201fd21f6050d02b8c33efd637fa1589d8154b33efcd772c');
INSERT INTO audit_entries VALUES(13,1800000008250,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-7','task.claimed','mac','01890000-0000-7000-8000-000000000004','success','{"attempt":1}','6364628ff7fffee4201fd21f6050d02b8c33efd637fa1589d8154b33efcd772c','0924aa86345c39c1d5591a0aa9561adebdfc3eb876caceebbfddd9ef6390d916');
INSERT INTO audit_entries VALUES(14,1800000009000,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','report-04','task.completed','mac','01890000-0000-7000-8000-000000000004','success','{"attempt":1,"exitCode":0,"signal":null,"outputBytes":{"stdout":0,"stderr":0}}','0924aa86345c39c1d5591a0aa9561adebdfc3eb876caceebbfddd9ef6390d916','24ac9a149eb7bfddb68b12aadd2cc393865bf3858d9414eb26b56554f66a27a8');
INSERT INTO audit_entries VALUES(15,1800000010000,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-5','task.submitted',NULL,'01890000-0000-7000-8000-000000000005','success','{"type":"claude-cli","prompt":"Summarise the notes","cwd":"~/notes","sessionId":"2c0e0000-0000-4000-8000-000000000005"}','24ac9a149eb7bfddb68b12aadd2cc393865bf3858d9414eb26b56554f66a27a8','ba916df6dc979d99face562ae3debd8986fcbc1c5239f77bd7de5f004e8a2bbb');
INSERT INTO audit_entries VALUES(16,1800000010500,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-9','task.claimed','mac','01890000-0000-7000-8000-000000000005','success','{"attempt":1}','ba916df6dc979d99face562ae3debd8986fcbc1c5239f77bd7de5f004e8a2bbb','8da078278f874cd8dff62ae451e0b8144242ba80dba44d7f3f19ab694b63e981');
INSERT INTO audit_entries VALUES(17,1800000011250,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','report-05','task.completed','mac','01890000-0000-7000-8000-000000000005','success','{"attempt":1,"exitCode":0,"signal":null,"outputBytes":{"stdout":10,"stderr":0}}','8da078278f874cd8dff62ae451e0b8144242ba80dba44d7f3f19ab694b63e981','963c0655f438047db2c8e55019cde02e119633ee2b4328bd2b1fe874b2e49e04');
INSERT INTO audit_entries VALUES(18,1800000012250,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-6','task.submitted',NULL,'01890000-0000-7000-8000-000000000006','success','{"type":"command","command":"echo too late"}','963c0655f438047db2c8e55019cde02e119633ee2b4328bd2b1fe874b2e49e04','ce4dbd7055b7c140dd4ed6e79c3c5a2e64b756d6e6df343415d46bbc45e6604f');
INSERT INTO audit_entries VALUES(19,1800000014250,'system','system','system',NULL,NULL,NULL,'task.expired',NULL,'01890000-0000-7000-8000-000000000006','success','{"attempt":0}','ce4dbd7055b7c140dd4ed6e79c3c5a2e64b756d6e6df343415d46bbc45e6604f','820be23dd9c660d0f8c304c6d61af7460883a76e7544b9984ad3128c2b2f26d7');
INSERT INTO audit_entries VALUES(20,1800000015250,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-7','task.submitted',NULL,'01890000-0000-7000-8000-000000000007','success','{"type":"command","command":"rsync -a src/ dst/"}','820be23dd9c660d0f8c304c6d61af7460883a76e7544b9984ad3128c2b2f26d7','d67c7c24b858e7ac0c7b0186030a6a7ed46fcbce27e3c0ecbdae5d42440c14b2');
INSERT INTO audit_entries VALUES(21,1800000015750,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-11','task.claimed','mac','01890000-0000-7000-8000-000000000007','success','{"attempt":1}','d67c7c24b858e7ac0c7b0186030a6a7ed46fcbce27e3c0ecbdae5d42440c14b2','a1e33f79f325606865b2a6c313ace159b0dc723d33a53dbe5903f6cd3fdc83e6');
INSERT INTO audit_entries VALUES(22,1800000076251,'system','system','system',NULL,NULL,NULL,'task.lost','mac','01890000-0000-7000-8000-000000000007','failure','{"attempt":1}','a1e33f79f325606865b2a6c313ace159b0dc723d33a53dbe5903f6cd3fdc83e6','9728e2848b953474d4e8142d9ce7e9cbc989144a22c11ca2fc5e45e37b7fbe68');
INSERT INTO audit_entries VALUES(23,1800000077251,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-8','task.submitted',NULL,'01890000-0000-7000-8000-000000000008','success','{"type":"command","command":"echo second hand-out"}','9728e2848b953474d4e8142d9ce7e9cbc989144a22c11ca2fc5e45e37b7fbe68','4522d2bd89dc67b5b6405d0e23da20d06b481abc07ab071e62dc87d764b2cce2');
INSERT INTO audit_entries VALUES(24,1800000077751,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-13','task.claimed','mac','01890000-0000-7000-8000-000000000008','success','{"attempt":1}','4522d2bd89dc67b5b6405d0e23da20d06b481abc07ab071e62dc87d764b2cce2','2ae0988063dce4e55a062557172a2935d7dc48175128668480ff8eb29e1f6d40');
INSERT INTO audit_entries VALUES(25,1800000078251,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-14','task.released',NULL,'01890000-0000-7000-8000-000000000008','success','{"attempt":1}','2ae0988063dce4e55a062557172a2935d7dc48175128668480ff8eb29e1f6d40','51425d9d88974cbd3d20392a9e54db8c44800d9d4a52c3b52e582f25a912f470');
INSERT INTO audit_entries VALUES(26,1800000079251,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-9','task.submitted',NULL,'01890000-0000-7000-8000-000000000009','success','{"type":"file-read","path":"~/notes/größe.txt"}','51425d9d88974cbd3d20392a9e54db8c44800d9d4a52c3b52e582f25a912f470','1d26d646a5ecdc8b879aff65ff2a2ee3aaf19aab361c7137ec35931092ecc341');
INSERT INTO audit_entries VALUES(27,1800000080251,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','submit-10','task.submitted',NULL,'01890000-0000-7000-8000-000000000010','success','{"type":"claude-cli","prompt":"And the oldest?","sessionId":"2c0e0000-0000-4000-8000-000000000005"}','1d26d646a5ecdc8b879aff65ff2a2ee3aaf19aab361c7137ec35931092ecc341','1a13795748e5e61f3238db8429a8f1db6c4b57cbbf6575846c1930a4244ee557');
INSERT INTO audit_entries VALUES(28,1800000080751,'environment','WORKER_TOKEN','admin','127.0.0.1','curl/8.5.0','poll-15','task.claimed','mac','01890000-0000-7000-8000-000000000008','success','{"attempt":2}','1a13795748e5e61f3238db8429a8f1db6c4b57cbbf6575846c1930a4244ee557','6c29e74360353dda09718031427a6ce39e201e5054c195588acee676f12b47a0');
CREATE TABLE `task_counts` (
	`status` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
INSERT INTO task_counts VALUES('pending',2);
INSERT INTO task_counts VALUES('running',1);
INSERT INTO task_counts VALUES('completed',3);
INSERT INTO task_counts VALUES('failed',1);
INSERT INTO task_counts VALUES('timed_out',1);
INSERT INTO task_counts VALUES('expired',1);
INSERT INTO task_counts VALUES('lost',1);
CREATE TABLE `task_inputs` (
	`task_seq` integer PRIMARY KEY NOT NULL,
	`shown` text NOT NULL,
	`labels` text,
	`variables` text,
	`bulky` text,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
INSERT INTO task_inputs VALUES(1,'{"command":"uname -s"}','{"team":"ops","ticket":7}',NULL,NULL);
INSERT INTO task_inputs VALUES(2,'{"command":"make release","cwd":"~/work","env":["STAGE"]}',NULL,'{"STAGE":"prod"}',NULL);
INSERT INTO task_inputs VALUES(3,'{"command":"sleep 60"}',NULL,NULL,NULL);
INSERT INTO task_inputs VALUES(4,'{"path":"~/notes/größe.txt"}',NULL,NULL,'{"content":"grüße\n"}');
INSERT INTO task_inputs VALUES(5,'{"sessionId":"2c0e0000-0000-4000-8000-000000000005","prompt":"Summarise the notes","cwd":"~/notes"}',NULL,NULL,NULL);
INSERT INTO task_inputs VALUES(6,'{"command":"echo too late"}',NULL,NULL,NULL);
INSERT INTO task_inputs VALUES(7,'{"command":"rsync -a src/ dst/"}',NULL,NULL,NULL);
INSERT INTO task_inputs VALUES(8,'{"command":"echo second hand-out"}',NULL,NULL,NULL);
INSERT INTO task_inputs VALUES(9,'{"path":"~/notes/größe.txt"}',NULL,NULL,NULL);
INSERT INTO task_inputs VALUES(10,'{"sessionId":"2c0e0000-0000-4000-8000-000000000005","prompt":"And the oldest?"}',NULL,NULL,NULL);
CREATE TABLE `task_results` (
	`task_seq` integer PRIMARY KEY NOT NULL,
	`outcome` text NOT NULL,
	`exit_code` integer,
	`signal` text,
	`duration` integer,
	`stdout_bytes` integer NOT NULL,
	`stderr_bytes` integer NOT NULL,
	`stdout_truncated` integer NOT NULL,
	`stderr_truncated` integer NOT NULL,
	`stdout_encoding` text NOT NULL,
	`stderr_encoding` text NOT NULL,
	`error` text,
	`metadata` text,
	`stdout` text NOT NULL,
	`stderr` text NOT NULL,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
INSERT INTO task_results VALUES(1,'completed',0,NULL,12,7,0,0,0,'utf8','utf8',NULL,NULL,replace('Darwin\n','\n',char(10)),'');
INSERT INTO task_results VALUES(2,'failed',2,NULL,12,0,32,0,0,'utf8','utf8',NULL,NULL,'',replace('make: *** no rule for ''release''\n','\n',char(10)));
INSERT INTO task_results VALUES(3,'timed_out',NULL,'SIGTERM',301,0,0,0,0,'utf8','utf8','timed out after 300 ms',NULL,'','');
INSERT INTO task_results VALUES(4,'completed',0,NULL,12,0,0,0,0,'utf8','utf8',NULL,'{"size":8,"sha256":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}','','');
INSERT INTO task_results VALUES(5,'completed',0,NULL,12,10,0,0,0,'utf8','utf8',NULL,'{"sessionId":"2c0e0000-0000-4000-8000-000000000005"}','Two notes.','');
CREATE TABLE `tasks` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`status` text NOT NULL,
	`priority` integer DEFAULT 0 NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`timeout` integer NOT NULL,
	`expires_in` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer,
	`reported` integer DEFAULT false NOT NULL,
	`note` text,
	`lease_token` text,
	`lease_worker` text,
	`lease_worker_id` text,
	`lease_generation` integer,
	`lease_seq` integer,
	`lease_listed` integer,
	`lease_duration` integer,
	`lease_deadline` integer
);
INSERT INTO tasks VALUES(1,'01890000-0000-7000-8000-000000000001','command','completed',0,1,30000,900000,1800000001000,1800000901000,1800000001500,1800000002250,1,NULL,'environment','mac','0190b3c0-0000-7000-8000-000000000001',1,1,1,60000,63000);
INSERT INTO tasks VALUES(2,'01890000-0000-7000-8000-000000000002','command','failed',0,1,30000,900000,1800000003250,1800000903250,1800000003750,1800000004500,1,NULL,'environment','mac','0190b3c0-0000-7000-8000-000000000001',1,3,1,60000,65250);
INSERT INTO tasks VALUES(3,'01890000-0000-7000-8000-000000000003','command','timed_out',0,1,300,900000,1800000005500,1800000905500,1800000006000,1800000006750,1,NULL,'environment','mac','0190b3c0-0000-7000-8000-000000000001',1,5,1,60000,67500);
INSERT INTO tasks VALUES(4,'01890000-0000-7000-8000-000000000004','file-write','completed',0,1,30000,900000,1800000007750,1800000907750,1800000008250,1800000009000,1,NULL,'environment','mac','0190b3c0-0000-7000-8000-000000000001',1,7,1,60000,69750);
INSERT INTO tasks VALUES(5,'01890000-0000-7000-8000-000000000005','claude-cli','completed',0,1,120000,900000,1800000010000,1800000910000,1800000010500,1800000011250,1,NULL,'environment','mac','0190b3c0-0000-7000-8000-000000000001',1,9,1,60000,72000);
INSERT INTO tasks VALUES(6,'01890000-0000-7000-8000-000000000006','command','expired',0,0,30000,1000,1800000012250,1800000013250,NULL,1800000014250,0,'expired: no worker took it in time',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO tasks VALUES(7,'01890000-0000-7000-8000-000000000007','command','lost',0,1,30000,900000,1800000015250,1800000915250,1800000015750,1800000076251,0,'lost: mac has not been heard of since it took the task','environment','mac','0190b3c0-0000-7000-8000-000000000001',1,11,1,60000,77250);
INSERT INTO tasks VALUES(8,'01890000-0000-7000-8000-000000000008','command','running',0,2,30000,86400000,1800000077251,1800086477251,1800000080751,NULL,0,NULL,'environment','mac','0190b3c0-0000-7000-8000-000000000001',1,15,1,60000,142251);
INSERT INTO tasks VALUES(9,'01890000-0000-7000-8000-000000000009','file-read','pending',0,0,30000,86400000,1800000079251,1800086479251,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO tasks VALUES(10,'01890000-0000-7000-8000-000000000010','claude-cli','pending',0,0,120000,86400000,1800000080251,1800086480251,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE `workers` (
	`name` text PRIMARY KEY NOT NULL,
	`worker_id` text NOT NULL,
	`generation` integer NOT NULL,
	`seq` integer NOT NULL,
	`hostname` text,
	`platform` text,
	`version` text,
	`tags` text NOT NULL,
	`kinds` text NOT NULL,
	`max_concurrent` integer,
	`online` integer NOT NULL,
	`last_seen_at` integer NOT NULL
);
INSERT INTO workers VALUES('mac','0190b3c0-0000-7000-8000-000000000001',1,16,'mac.local','darwin','0.1.0','["gpu"]','["command","file-read","file-write","file-edit","file-list","claude-cli"]',3,1,1800000081251);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('tasks',10);
CREATE UNIQUE INDEX `tasks_id_unique` ON `tasks` (`id`);
CREATE INDEX `tasks_ready` ON `tasks` (`type`,priority DESC,`seq`) WHERE status = 'pending';
CREATE INDEX `tasks_expiring` ON `tasks` (`expires_at`) WHERE status = 'pending';
CREATE INDEX `tasks_leased` ON `tasks` (`lease_deadline`) WHERE status = 'running';
CREATE INDEX `tasks_held` ON `tasks` (`lease_worker_id`) WHERE status = 'running';
CREATE INDEX `tasks_ended` ON `tasks` (`completed_at`) WHERE completed_at IS NOT NULL;
CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries`
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries`
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER `task_counts_insert` AFTER INSERT ON `tasks`
BEGIN
	INSERT INTO `task_counts` (`status`, `count`) VALUES (NEW.`status`, 1)
	ON CONFLICT (`status`) DO UPDATE SET `count` = `count` + 1;
END;
CREATE TRIGGER `task_counts_update` AFTER UPDATE OF `status` ON `tasks` WHEN OLD.`status` <> NEW.`status`
BEGIN
	UPDATE `task_counts` SET `count` = `count` - 1 WHERE `status` = OLD.`status`;
	INSERT INTO `task_counts` (`status`, `count`) VALUES (NEW.`status`, 1)
	ON CONFLICT (`status`) DO UPDATE SET `count` = `count` + 1;
END;
CREATE TRIGGER `task_counts_delete` AFTER DELETE ON `tasks`
BEGIN
	UPDATE `task_counts` SET `count` = `count` - 1 WHERE `status` = OLD.`status`;
END;
CREATE TRIGGER `audit_entries_in_order` BEFORE INSERT ON `audit_entries`
WHEN NEW.`seq` <= (SELECT max(`seq`) FROM `audit_entries`)
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
COMMIT;
