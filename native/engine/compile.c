/* Compiles a module of JavaScript to the engine's bytecode at build time: compile BUNDLE OUT. */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

static char *read_all(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) < 0) return NULL;
  long length = ftell(file);
  if (length < 0) return NULL;
  rewind(file);
  char *text = malloc((size_t)length + 1);
  if (!text || fread(text, 1, (size_t)length, file) != (size_t)length) return NULL;
  text[length] = 0;
  *size = (size_t)length;
  fclose(file);
  return text;
}

static int write_all(const char *path, const uint8_t *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  if (!file) return -1;
  size_t written = fwrite(bytes, 1, size, file);
  return fclose(file) == 0 && written == size ? 0 : -1;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: compile BUNDLE OUT\n");
    return 2;
  }
  size_t size = 0;
  char *text = read_all(arguments[1], &size);
  if (!text) {
    perror(arguments[1]);
    return 1;
  }
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *js = runtime ? JS_NewContext(runtime) : NULL;
  if (!js) return 1;
  JS_SetMaxStackSize(runtime, 0);
  JSValue module = JS_Eval(js, text, size, "terrarium.js",
                           JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(module)) {
    const char *message = JS_ToCString(js, JS_GetException(js));
    fprintf(stderr, "%s\n", message ? message : "out of memory");
    return 1;
  }
  size_t length = 0;
  uint8_t *bytes = JS_WriteObject(js, &length, module,
                                  JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  if (!bytes || write_all(arguments[2], bytes, length) < 0) {
    perror(arguments[2]);
    return 1;
  }
  return 0;
}
