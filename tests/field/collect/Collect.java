import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.utils.DateUtils;
import org.javarosa.core.reference.PrefixedRootFactory;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.properties.IPropertyRules;
import org.javarosa.core.services.storage.StorageManager;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/**
 * Does what ODK Collect does, with Collect's own form engine: lists the forms, downloads one with its files, fills it in
 * question by question, and submits the record over HTTP.
 *
 * Usage: Collect BASE_URL FORM_ID FOLDER ANSWERS PHOTO — ANSWERS is a file of “question=answer” lines (“question[2]=…”
 * in the second repeat); a line “repeat:NAME=COUNT” says how often a repeat is added. Prints the status and the record.
 */
public class Collect {
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final Map<String, String> ANSWERS = new HashMap<>();
    static final List<String> PHOTOS = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[2]);
        for (String line : Files.readAllLines(Path.of(args[3]))) {
            int at = line.indexOf('=');
            if (at > 0) ANSWERS.put(line.substring(0, at), line.substring(at + 1));
        }
        download(args[0], args[1], folder);
        byte[] record = fill(folder);
        Files.write(folder.resolve("record.xml"), record);
        HttpRequest head = HttpRequest.newBuilder(URI.create(args[0] + "submission"))
            .method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
        if (HTTP.send(head, HttpResponse.BodyHandlers.discarding()).statusCode() != 204) throw new IOException("no 204");
        HttpResponse<String> answer = submit(args[0] + "submission", record, Files.readAllBytes(Path.of(args[4])));
        System.out.println(answer.statusCode());
        System.out.println(answer.body());
    }

    static String get(String url) throws Exception {
        HttpResponse<String> answer =
            HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IOException(url + " " + answer.statusCode() + " " + answer.body());
        return answer.body();
    }

    static String inside(String xml, String tag) {
        Matcher found = Pattern.compile("<" + tag + ">([^<]*)</" + tag + ">").matcher(xml);
        if (!found.find()) throw new IllegalStateException("no " + tag);
        return found.group(1).replace("&amp;", "&");
    }

    static void download(String base, String formId, Path folder) throws Exception {
        for (String entry : get(base + "formList").split("<xform>")) {
            if (!entry.contains("<formID>" + formId + "</formID>")) continue;
            Files.writeString(folder.resolve("form.xml"), get(inside(entry, "downloadUrl")));
            for (String file : get(inside(entry, "manifestUrl")).split("<mediaFile>")) {
                if (file.contains("<filename>"))
                    Files.writeString(folder.resolve(inside(file, "filename")), get(inside(file, "downloadUrl")));
            }
            return;
        }
        throw new IOException("form not listed: " + formId);
    }

    static byte[] fill(Path folder) throws Exception {
        PropertyManager.setPropertyManager(new NoProperties());
        StorageManager.setStorageFactory((name, type) -> null); // nothing is kept between two runs
        new CoreModelModule().registerModule();
        new XFormsModule().registerModule();
        ReferenceManager.instance().addReferenceFactory(new Folder(folder));
        FormDef form;
        try (InputStream in = new FileInputStream(folder.resolve("form.xml").toFile())) {
            form = XFormUtils.getFormFromInputStream(in);
        }
        FormEntryModel model = new FormEntryModel(form);
        FormEntryController entry = new FormEntryController(model);
        form.initialize(true, new InstanceInitializationFactory());
        Map<String, Integer> turns = new HashMap<>();
        for (int event; (event = entry.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM;) {
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) {
                String name = model.getFormIndex().getReference().getNameLast();
                int wanted = Integer.parseInt(ANSWERS.getOrDefault("repeat:" + name, "0"));
                if (turns.merge(name, 1, Integer::sum) <= wanted) entry.newRepeat();
            } else if (event == FormEntryController.EVENT_QUESTION) {
                answer(entry, model);
            }
        }
        entry.finalizeFormEntry();
        form.postProcessInstance();
        return new XFormSerializingVisitor().serializeInstance(form.getInstance());
    }

    static void answer(FormEntryController entry, FormEntryModel model) {
        FormEntryPrompt prompt = model.getQuestionPrompt();
        if (prompt.isReadOnly()) return;
        String name = model.getFormIndex().getReference().getNameLast();
        int turn = model.getFormIndex().getReference().getMultiplicity(
            Math.max(0, model.getFormIndex().getReference().size() - 2)) + 1;
        String text = ANSWERS.getOrDefault(name + "[" + turn + "]", ANSWERS.get(name));
        IAnswerData data = data(prompt, name, text);
        if (data == null) return;
        int outcome = entry.answerQuestion(data, true);
        if (outcome != FormEntryController.ANSWER_OK) throw new IllegalStateException(name + " refused: " + outcome);
    }

    static IAnswerData data(FormEntryPrompt prompt, String name, String text) {
        switch (prompt.getControlType()) {
            case Constants.CONTROL_SELECT_ONE: {
                Selection chosen = choice(prompt, text != null ? text : "yes");
                if (chosen == null && text != null) throw new IllegalStateException("no choice " + text + " of " + name);
                if (chosen == null && prompt.isRequired() && prompt.getAnswerValue() == null)
                    chosen = prompt.getSelectChoices().get(0).selection();
                return chosen == null ? null : new SelectOneData(chosen);
            }
            case Constants.CONTROL_SELECT_MULTI: {
                if (text == null) return null;
                List<Selection> chosen = new ArrayList<>();
                for (String one : text.split(" ")) chosen.add(choice(prompt, one));
                return new MultipleItemsData(chosen);
            }
            case Constants.CONTROL_IMAGE_CHOOSE: {
                if (text == null) return null;
                PHOTOS.add(text);
                return new StringData(text);
            }
            default:
                if (text == null) {
                    boolean isOpen = prompt.isRequired() && prompt.getAnswerValue() == null;
                    text = isOpen ? (prompt.getDataType() == Constants.DATATYPE_INTEGER ? "1" : "由检查引擎填写的文字") : null;
                }
                if (text == null) return null;
                if (prompt.getDataType() == Constants.DATATYPE_INTEGER) return new IntegerData(Integer.parseInt(text));
                if (prompt.getDataType() == Constants.DATATYPE_DATE_TIME)
                    return new DateTimeData(DateUtils.parseDateTime(text));
                return new StringData(text);
        }
    }

    static Selection choice(FormEntryPrompt prompt, String value) {
        for (SelectChoice one : prompt.getSelectChoices()) if (one.getValue().equals(value)) return one.selection();
        return null;
    }

    static HttpResponse<String> submit(String url, byte[] record, byte[] photo) throws Exception {
        String boundary = "----collect-boundary";
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        part(body, boundary, "xml_submission_file", "record.xml", "text/xml", record);
        for (String name : PHOTOS) part(body, boundary, name, name, "image/jpeg", photo);
        body.write(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .header("X-OpenRosa-Version", "1.0")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    static void part(OutputStream out, String boundary, String field, String name, String type, byte[] content)
        throws IOException {
        out.write(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name
            + "\"\r\nContent-Type: " + type + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        out.write(content);
        out.write("\r\n".getBytes(StandardCharsets.UTF_8));
    }

    /** The files of a form lie in one folder, whatever the reference calls them. */
    static class Folder extends PrefixedRootFactory {
        final Path folder;

        Folder(Path folder) {
            super(new String[] {"file-csv", "images"});
            this.folder = folder;
        }

        @Override
        protected Reference factory(String terminal, String uri) {
            return new Local(folder.resolve(terminal.replaceFirst("^/", "")).toFile(), uri);
        }
    }

    static class Local implements Reference {
        final File file;
        final String uri;

        Local(File file, String uri) {
            this.file = file;
            this.uri = uri;
        }

        public boolean doesBinaryExist() { return file.exists(); }

        public InputStream getStream() throws IOException { return new FileInputStream(file); }

        public String getURI() { return uri; }

        public String getLocalURI() { return file.getAbsolutePath(); }

        public boolean isReadOnly() { return true; }

        public OutputStream getOutputStream() throws IOException { throw new IOException("read only"); }

        public void remove() {}

        public Reference[] probeAlternativeReferences() { return new Reference[0]; }
    }

    static class NoProperties implements IPropertyManager {
        public List<String> getProperty(String name) { return List.of(); }

        public void setProperty(String name, String value) {}

        public void setProperty(String name, List<String> value) {}

        public String getSingularProperty(String name) { return null; }

        public void addRules(IPropertyRules rules) {}

        public List<IPropertyRules> getRules() { return List.of(); }
    }
}
