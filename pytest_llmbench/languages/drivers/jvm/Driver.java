package llmbench;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Serve calls of an answer in a language of the Java platform; the format of a line is that of
 * grading/wire.py.
 *
 * <p>It is compiled once, without the answer, and finds the answer's methods by their names in
 * the classes of the working folder. Every lambda, stream and `+` of strings costs milliseconds
 * at start, so there is none.
 */
public class Driver extends Thread {
    /** As deep as recursion goes in other languages; only what is used costs memory. */
    static final long STACK_BYTES = 64L << 20;

    private static final int SHOWN = 1000;

    private final PrintStream stdout = System.out; // the answer may set another one
    private final Values values;
    private final String[] names;
    private final List<Class<?>> classes = new ArrayList<>();
    private final Map<String, List<Method>> methods = new HashMap<>();
    private OutputStream replies;

    Driver(Values values, String[] names) {
        super(null, null, "main", STACK_BYTES);
        this.values = values;
        this.names = names;
    }

    /** Serve the classes that are named, or else all of the working folder. */
    public static void main(String[] names) {
        Output.install();
        new Driver(new Values(), names).start();
    }

    @Override
    public final void run() {
        int status = 1;
        try {
            serve();
            status = 0;
        } catch (Throwable error) {
            error.printStackTrace();
        }
        Runtime.getRuntime().halt(status);
    }

    private void serve() throws IOException {
        replies = new FileOutputStream("/proc/self/fd/4");
        InputStream calls = new FileInputStream("/proc/self/fd/3");
        try {
            load();
        } catch (ExceptionInInitializerError error) {
            say(failure(error.getCause()));
            return;
        } catch (Throwable error) {
            say(failure(error));
            return;
        }
        say("r");
        Reader text = new InputStreamReader(calls, StandardCharsets.US_ASCII);
        BufferedReader lines = new BufferedReader(text, 1 << 16);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String reply = reply(new Values.Words(line));
            stdout.flush();
            say(reply);
        }
    }

    private void load() throws ClassNotFoundException {
        List<String> wanted = new ArrayList<>();
        Collections.addAll(wanted, names);
        if (wanted.isEmpty()) {
            findClasses(wanted);
        }
        for (String name : wanted) {
            classes.add(name.equals("Solution") ? 0 : classes.size(), Class.forName(name));
        }
    }

    /** Name the outermost classes of the working folder. */
    static void findClasses(List<String> names) {
        findClasses(new File("."), "", names);
    }

    private static void findClasses(File folder, String prefix, List<String> names) {
        for (File file : folder.listFiles()) {
            String name = file.getName();
            if (file.isDirectory()) {
                findClasses(file, prefix.concat(name).concat("."), names);
            } else if (name.endsWith(".class") && name.indexOf('$') < 0) {
                names.add(prefix.concat(name.substring(0, name.length() - 6)));
            }
        }
    }

    private String reply(Values.Words words) {
        try {
            String name = words.text();
            List<Method> found = methods.get(name);
            if (found == null) {
                found = find(name);
                methods.put(name, found);
            }
            if (found.isEmpty()) {
                return "x";
            }
            Values.Mismatch mismatch = null;
            int start = words.place();
            for (Method method : found) {
                words.rewind(start);
                try {
                    return call(method, arguments(method, words));
                } catch (Values.Mismatch error) {
                    mismatch = error;
                }
            }
            return failure(mismatch);
        } catch (Throwable error) {
            return failure(error);
        }
    }

    /** Find all methods of a name: public ones first. */
    private List<Method> find(String name) {
        List<Method> found = new ArrayList<>();
        for (Class<?> each : classes) {
            find(name, each, found);
        }
        for (Class<?> each : classes) {
            for (Class<?> inner : each.getDeclaredClasses()) {
                if (found.isEmpty() && inner.getSimpleName().equals("Companion")) {
                    find(name, inner, found);
                }
            }
        }
        return found;
    }

    private static void find(String name, Class<?> owner, List<Method> found) {
        for (Method method : owner.getDeclaredMethods()) {
            if (method.getName().equals(name) && !method.isSynthetic()) {
                found.add(Modifier.isPublic(method.getModifiers()) ? 0 : found.size(), method);
            }
        }
    }

    private Object[] arguments(Method method, Values.Words words) {
        Type[] types = method.getGenericParameterTypes();
        int count = words.count();
        if (types.length != count) {
            String wanted = method.getName() + " takes " + types.length + " arguments";
            throw new Values.Mismatch(wanted + ", not the " + count + " that it is given");
        }
        Object[] arguments = new Object[count];
        for (int index = 0; index < count; index++) {
            arguments[index] = values.read(words, types[index]);
        }
        return arguments;
    }

    private String call(Method method, Object[] arguments) throws Throwable {
        Object result;
        try {
            method.setAccessible(true);
            result = method.invoke(target(method), arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
        StringBuilder reply = new StringBuilder("v");
        try {
            values.write(result, reply, 0);
        } catch (Values.Unsendable error) {
            return "u " + Values.word(error.getMessage());
        }
        return reply.toString();
    }

    /** Give the object whose method it is: of a Kotlin or Scala object, or a new one. */
    private static Object target(Method method) throws Throwable {
        if (Modifier.isStatic(method.getModifiers())) {
            return null;
        }
        Class<?> owner = method.getDeclaringClass();
        if (owner.getSimpleName().equals("Companion")) {
            return owner.getDeclaringClass().getField("Companion").get(null);
        }
        for (String field : new String[] {"INSTANCE", "MODULE$"}) {
            try {
                return owner.getField(field).get(null);
            } catch (NoSuchFieldException error) {
                continue;
            }
        }
        var constructor = owner.getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
    }

    private static String failure(Throwable error) {
        String message = String.valueOf(error.getMessage() == null ? "" : error.getMessage());
        message = message.substring(0, Math.min(SHOWN, message.length()));
        for (StackTraceElement frame : error.getStackTrace()) {
            String place = frame.getClassName();
            if (frame.getModuleName() == null && !place.startsWith("llmbench.")) {
                message += "\nat " + frame;
                break;
            }
        }
        boolean isOurs = error instanceof Values.Mismatch;
        String type = isOurs ? "Mismatch" : error.getClass().getName();
        return "e " + Values.word(type) + " " + Values.word(message.strip());
    }

    private void say(String line) throws IOException {
        replies.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
