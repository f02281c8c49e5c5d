import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ConversationsDto } from '#contracts/dto';
import { TasksService } from './tasks.service.js';

@ApiTags('Tasks')
@ApiBearerAuth()
@Controller('claude')
export class ClaudeSessionsController {
  constructor(private readonly tasks: TasksService) {}

  @Get('sessions')
  @ApiOperation({ summary: 'The conversations with Claude, the one that was active last first' })
  @ApiOkResponse({ type: ConversationsDto })
  async sessions(): Promise<ConversationsDto> {
    return { sessions: await this.tasks.conversations() };
  }
}
