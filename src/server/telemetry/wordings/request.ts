/** What model hosts say of a request: its fields, its history, its content. */
import { linesOf } from "./lines.ts";

export const REQUEST_WORDINGS = linesOf(`
Unsupported parameter: {} is not supported with this model. Use {} instead.
Unsupported value: {} does not support {} with this model. Only the default (1) value is supported.
{} is not supported for this model. Use {} and {} to control thinking behavior.
{} is deprecated for this model.
{} is not supported
is not supported with this model
is not supported by this model
is not supported when
are not supported
does not support this feature
this feature is not supported
this parameter is not supported
Invalid value: {}. Supported values are: {}, {}, and {}.
Supported values are: {}
Unknown parameter: {}.
Unrecognized request argument supplied: {}
Unrecognized request arguments supplied: {}
unrecognized key
unexpected keyword argument
Missing required parameter: {}.
missing required field
Missing field
Invalid type for {}: expected an array of objects, but got a string instead.
Invalid type for {}: expected one of {} or {}, but got an object instead.
expected a string
expected an object
expected a number, but got a boolean instead
but got null instead
Invalid parameter: {}
Invalid parameter value
Invalid argument
invalid params
Invalid {}: array too long. Expected an array with maximum length 10, but got an array with length 20 instead.
Invalid {}: empty array. Expected an array with minimum length 1, but got an empty array instead.
Invalid {}: string too long. Expected a string with maximum length 64, but got a string with length 80 instead.
Invalid {}: string does not match pattern. Expected a string that matches the pattern {}
Invalid {}: integer above maximum value. Expected a value <= 10, but got 20 instead.
Invalid {}: integer below minimum value. Expected a value >= 16, but got 1 instead.
Invalid {}: decimal above maximum value
Invalid schema for function {}: In context=(), {} is required to be supplied and to be an array including every key in properties. Missing {}.
Invalid schema for response_format {}
{} is required to be supplied and to be false
schema must have a 'type' key
schema must be a JSON Schema of type object
strict schemas need additionalProperties: false
JSON schema is invalid. It must match JSON Schema draft 2020-12
invalid JSON schema
tools is too long
field required
Field required
Extra inputs are not permitted
extra fields not permitted
Input should be a valid string
Input should be a valid list
Input should be a valid dictionary
Input should be a valid integer
Input should be a valid number
Input should be a valid boolean
Input should be an object
Input should be {} or {}
Input should be greater than 0
Input should be greater than or equal to 1024
Input should be less than or equal to 2
Input tag {} found using {} does not match any of the expected tags: {}
String should have at most 64 characters
String should match pattern {}
List should have at most 10 items after validation, not 20
Value error
validation error for
1 validation error
2 validation errors
value is not a valid integer
ensure this value is greater than or equal to 0
temperature must be a number
temperature must be between 0 and 2
top_p must be in (0, 1], got 0
must be a string
must be an array
must be an object
must be an integer
must be a boolean
must be a positive integer
must be one of {}
must be less than or equal to 1
must be greater than 0
must be at least 1
must be at most 64
must be set
must be provided
must not be empty
must not exceed 10
must be non-empty
must be unique
cannot be empty
cannot be null
cannot be used with
cannot be modified
cannot be specified at the same time
cannot both be set
cannot be parsed
is required
is required when
is required for this model
is not allowed
is invalid
not allowed
only one of
either {} or {}
is not one of {}
is not of type {}
is not valid
is not defined
is not a function
property {} is unsupported
unknown field {}
unknown option
unknown type
unknown role
invalid role
invalid message format
unexpected role
unexpected block
unexpected value; permitted: {}
unexpected token
bad
bad value
error: {}
Invalid value for {}
value error, {}
limit 10, got 20
found 2 errors
invalid value
Invalid JSON
Invalid request
Invalid request format
Invalid request: {}
bad request
request body is not valid JSON
Failed to parse request body as JSON
Could not parse the request body
We could not parse the JSON body of your request.
Failed to deserialize the JSON body into the target type: missing field {} at line 1 column 20
unknown variant {}, expected one of {}
invalid type: string, expected a sequence
cannot unmarshal string into Go struct field {} of type int
cannot unmarshal array into Go value of type
invalid character {} looking for beginning of value
invalid character {} in string literal
unexpected end of JSON input
Expecting value: line 1 column 1 (char 0)
JSON Parse error: Unexpected identifier {}
JSON Parse error: Unexpected EOF
JSON Parse error: Unterminated string
JSON Parse error: Expected '}'
JSON Parse error: Unrecognized token {}
JSON Parse error: Property name must be a string literal
Unexpected token in JSON at position 10
failed to parse grammar
failed to parse messages
failed to parse tool call arguments as JSON
Failed to parse input at pos 10
error parsing tool call
template error
Unsupported content type
unsupported media type

messages with role {} must be a response to a preceding message with {}.
An assistant message with {} must be followed by tool messages responding to each {}. The following tool_call_ids did not have response messages: {}
tool_use ids were found without tool_result blocks immediately after: {}. Each tool_use block must have a corresponding tool_result block in the next message.
unexpected tool_use_id found in tool_result blocks: {}. Each tool_result block must have a corresponding tool_use block in the previous message.
tool_use ids must be unique
roles must alternate between user and assistant, but found multiple user roles in a row
Conversation roles must alternate user/assistant/user/assistant/...
first message must use the user role
the last message must be a user message
the last message must have role user
messages must not be empty
all messages must have non-empty content except for the optional final assistant message
at least one message is required
text content blocks must be non-empty
text content blocks must contain non-whitespace text
final assistant content cannot end with trailing whitespace
System message must be at the beginning
Only user, assistant and system roles are supported
Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant
Not the same number of function calls and responses
Please ensure that function call turn comes immediately after a user turn or after a function response turn.
Please ensure that the number of function response parts is equal to the number of function call parts
Function call is missing a thought_signature in functionCall parts
The reasoning_content in the thinking mode must be passed back to the API.
Item {} of type {} was provided without its required following item.
Item {} of type {} was provided without its required {} item: {}.
Item with id {} not found. Items are not persisted when store is set to false. Try again with store set to true, or remove this item from your input.
Duplicate item found with id {}. Remove duplicate items from your input and try again.
Previous response with id {} not found.
No tool output found for function call {}.
No tool call found for function call output with call_id {}.
The encrypted content {} could not be verified. Reason: Encrypted content could not be decrypted or parsed.
Encrypted content is not supported with this model.
Invalid signature in thinking block
The block is bound to a different conversation
thinking or redacted_thinking blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.
Expected thinking or redacted_thinking, but found tool_use. When thinking is enabled, a final assistant message must start with a thinking block
may not be enabled when tool_choice forces tool use
Thinking may not be enabled
This model does not support the effort parameter.
{} does not support tools
{} does not support thinking
This model does not support image input
This model does not support images
image input is not supported - hint: if this is unexpected, you may need to provide the mmproj
Could not process image
Invalid image
Unsupported image format
failed to process image
failed to download image
Invalid base64 image
unsupported tool type
unsupported tool
tools are not supported
tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set
tool choice type is not supported
type {} is not supported for this model
tool {} not found
Tool choice is none, but model called a tool
No endpoints found that support tool use.
No endpoints found that support image input
No endpoints found for {}
No allowed providers are available for the selected model.
No endpoints available matching your data policy
Failed to call a function. Please adjust your prompt. See {} for more details.
tool call validation failed
start it otherwise
parallel tool calls are not supported
streaming is not supported
Streaming is required for operations that may take longer than 10 minutes
A maximum of 4 blocks with cache_control may be provided. Found 5.
cannot cache

Your input was flagged
Your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt
{} requires moderation; your input was flagged
rejected as a result of our safety system
The request was rejected as a result of our safety system.
The response was filtered due to the prompt triggering the content management policy. Please modify your prompt and retry
The content is blocked
blocked by content filter
Output blocked by content filtering policy
Content Exists Risk
The prompt is malformed
Function id {}: DEGRADED function cannot be invoked
`);
