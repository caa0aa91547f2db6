// Talks with the server through OpenAI's official client and prints what came as JSON.
import OpenAI, {toFile} from "openai";

const client = new OpenAI({baseURL: process.argv[2], apiKey: "none"});
const result = {models: [], text: "", pictures: 0};

for await (const model of client.models.list()) result.models.push(model.id);

const stream = await client.chat.completions.create({
  model: "fake", stream: true, stream_options: {include_usage: true}, messages: [{role: "user", content: "draw a cat"}],
});
for await (const chunk of stream) {
  const delta = chunk.choices[0]?.delta;
  result.text += delta?.content ?? "";
  for (const image of delta?.images ?? []) {
    if (image.image_url.url.startsWith("data:image/png;base64,")) result.pictures++;
  }
  if (chunk.usage) result.tokens = chunk.usage.total_tokens;
}

const vectors = await client.embeddings.create({model: "fake", input: ["a", "b"]});
result.vectors = vectors.data.map(one => one.embedding.length);

const drawn = await client.images.generate({model: "fake", prompt: "a cat"});
result.drawn = drawn.data[0].b64_json.length > 100;

result.events = [];
const painting = await client.images.generate(
  {model: "fake", prompt: "a cat", stream: true, partial_images: 1, gill: {steps: 2}});
for await (const event of painting) {
  if (event.b64_json.length > 100) result.events.push(event.type);
}

const picture = () => toFile(Buffer.from(process.argv[3].split(",")[1], "base64"), "a.png", {type: "image/png"});
const edited = await client.images.edit({model: "fake", image: await picture(), prompt: "a hat", n: 2, size: "32x48"});
result.edited = edited.data.map(one => one.b64_json.length > 100);
const editing = await client.images.edit({model: "fake", image: [await picture()], prompt: "a hat", stream: true});
for await (const event of editing) result.events.push(event.type);

const whole = await client.chat.completions.create({model: "fake", messages: [{role: "user", content: [
  {type: "text", text: "hi"}, {type: "image_url", image_url: {url: process.argv[3]}},
]}]});
result.whole = whole.choices[0].message.content;

try {
  await client.chat.completions.create({model: "other", messages: [{role: "user", content: "hi"}]});
} catch (e) {
  result.error = [e.status, e.code, e.constructor.name];
}
console.log(JSON.stringify(result));
